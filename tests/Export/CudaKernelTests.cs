using FakeNewsOnnx.Export;
using FakeNewsOnnx.Tests.Parity;

namespace FakeNewsOnnx.Tests.Export;

/// <summary>
/// Every operator of an fp32 or fp16 file has a CUDA kernel for the type that it is used with, so that ONNX Runtime keeps
/// the whole graph on the GPU.
/// </summary>
internal sealed class CudaKernelTests
{
    private const int Float = 1, Int32 = 6, Int64 = 7, Bool = 9, Float16 = 10;

    private static readonly int[] Floats = [Float, Float16];
    private static readonly int[] Numbers = [Float, Float16, Int32, Int64];
    private static readonly int[] All = [Float, Float16, Int32, Int64, Bool];

    /// <summary>
    /// Types of the kernels for opset 17 to 20, as far as they matter here. Source: "Operators implemented by
    /// CUDAExecutionProvider" in https://github.com/microsoft/onnxruntime/blob/main/docs/OperatorKernels.md, at 001d12d2623f.
    /// Shape, Size, Range, Expand, ConstantOfShape and integer ArgMax are left out on purpose: their results, or their
    /// inputs, live on the CPU even where a kernel is listed.
    /// </summary>
    private static readonly Dictionary<string, int[]> Kernels = new()
    {
        ["Add"] = Numbers,
        ["Cast"] = All,
        ["Concat"] = All,
        ["CumSum"] = [Float, Int32, Int64],
        ["Equal"] = All,
        ["Gather"] = All,
        ["GatherND"] = [Float, Float16, Int64, Bool],
        ["Gelu"] = Floats,
        ["Gemm"] = Floats,
        ["Greater"] = Numbers,
        ["If"] = [Bool],
        ["LayerNormalization"] = Floats,
        ["MatMul"] = Floats,
        ["Mul"] = Numbers,
        ["Not"] = [Bool],
        ["ReduceMax"] = Numbers,
        ["Reshape"] = All,
        ["Slice"] = All,
        ["Softmax"] = Floats,
        ["Split"] = Numbers,
        ["Tanh"] = Floats,
        ["Transpose"] = All,
        ["Where"] = Numbers,
        ["com.microsoft.FastGelu"] = Floats,
        ["com.microsoft.MultiHeadAttention"] = Floats,
        ["com.microsoft.SkipLayerNormalization"] = Floats,
    };

    private static IEnumerable<FileForm> ForCuda => FileForm.All.Where(form => form.Precision != Precision.Int8);

    [TestCaseSource(nameof(ForCuda))]
    public void EveryOperator_HasAKernelForItsType(FileForm form)
    {
        var file = new OnnxFile(ReferenceModel.Export(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter, options: form.Options with { QueryBlock = 16 }));
        var types = file.Initializers.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.Int(2));
        types.Add("input_ids", Int64);
        types.Add("attention_mask", Int64);
        AssertKernels(file.Graph.Messages(1), types);

        Assert.That(types["logits"], Is.EqualTo(Float));
        Assert.That(types.ContainsValue(Float16), Is.EqualTo(form.Precision == Precision.Fp16));
    }

    /// <summary>Checks nodes, those of branches too, and adds their outputs' types.</summary>
    private static void AssertKernels(WireMessage[] nodes, Dictionary<string, long> types)
    {
        foreach (WireMessage node in nodes)
        {
            string type = OnnxFile.OperatorOf(node);
            string[] inputs = node.Texts(1);
            long used = types[inputs[type == "Where" ? 1 : 0]];
            Assert.That(Kernels.Keys, Does.Contain(type), node.Text(3));
            Assert.That(Kernels[type], Does.Contain((int)used), $"{node.Text(3)}: {type}");
            WireMessage[] branches = [.. node.Messages(5).Where(attribute => attribute.Fields.Contains(6)).Select(attribute => attribute.Message(6))];
            foreach (WireMessage branch in branches)
            {
                AssertKernels(branch.Messages(1), types);
            }

            foreach (string output in node.Texts(2).Where(name => name != ""))
            {
                types.Add(output, type switch
                {
                    "Cast" => node.Messages(5).Single().Int(3),
                    "If" => types[branches[0].Message(12).Text(1)],
                    "Equal" or "Greater" or "Not" => Bool,
                    _ => used,
                });
            }
        }
    }

    [Test]
    public void HalfPrecision_LeavesNormsSoftmaxAndHeadInSingle()
    {
        OnnxExportOptions options = new() { Precision = Precision.Fp16, Labels = LabelMap.Default };
        var file = new OnnxFile(ReferenceModel.Export(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter, options: options));
        ILookup<int, string> byType = file.Initializers.ToLookup(tensor => (int)tensor.Value.Int(2), tensor => tensor.Key);

        Assert.That(byType[Float].Where(name => !name.StartsWith('/')), Is.EquivalentTo(new[]
        {
            "h.0.ln_1.weight", "h.0.ln_1.bias", "h.0.ln_2.weight", "h.0.ln_2.bias", "h.1.ln_1.weight", "h.1.ln_1.bias",
            "h.1.ln_2.weight", "h.1.ln_2.bias", "ln_f.weight", "ln_f.bias", "score.weight",
        }));
        Assert.That(byType[Float16].Where(name => !name.StartsWith('/')).Count(), Is.EqualTo(2 + (2 * 8)));
    }
}
