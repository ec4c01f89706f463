using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Inference;
using FakeNewsOnnx.Tests.Export;
using FakeNewsOnnx.Tests.Parity;
using Microsoft.ML.OnnxRuntime;

namespace FakeNewsOnnx.Tests.Infer;

/// <summary>The setting for processors whose 8-bit products saturate, and that they do.</summary>
internal sealed class ProcessorTests
{
    private const int Inputs = 64;

    /// <summary>255·127 + 255·127 = 64770 does not fit into 16 bits.</summary>
    [Test]
    public void MultiplyAddAdjacent_Saturates()
    {
        if (!Avx2.IsSupported)
        {
            Assert.Ignore("This processor has no AVX2.");
        }

        Vector256<short> sums = Avx2.MultiplyAddAdjacent(Vector256.Create((byte)255), Vector256.Create((sbyte)127));
        Assert.That(sums, Is.EqualTo(Vector256.Create(short.MaxValue)));
    }

    [Test]
    [Platform("Linux")]
    public void HasVnni_IsWhatTheSystemSays()
    {
        string flags = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal)) ?? "";
        Assert.That(Processor.HasVnni, Is.EqualTo(flags.Split(' ').Any(flag => flag is "avx512_vnni" or "avx_vnni")));
    }

    /// <summary>64 products of 1 and 1, stored as 255 and 127: the sum is 64, and about half of it where pairs saturate.</summary>
    [TestCase(true)]
    [TestCase(false)]
    public void LargeProducts_AreExactWithTheSetting_OrVnni(bool exactProducts)
    {
        using SessionOptions settings = DeviceSelection.CommonSettings(new() { ExactProducts = exactProducts });
        using var session = new InferenceSession(LargeProduct(), settings);
        using OrtValue x = OrtValue.CreateTensorValueFromMemory(Enumerable.Repeat(1f, Inputs).ToArray(), [1, Inputs]);
        using var options = new RunOptions();
        using var results = session.Run(options, ["x"], [x], session.OutputNames);
        float sum = results[0].GetTensorDataAsSpan<float>()[0];
        Assert.That(sum, exactProducts || !Processor.NeedsExactProducts ? Is.EqualTo(64).Within(0.01) : Is.LessThan(60));
    }

    /// <summary>With the setting ONNX Runtime stores the weights without sign.</summary>
    [TestCase(true, true)]
    [TestCase(false, false)]
    [TestCase(null, null)]
    public void TheSetting_IsTheProcessors_UnlessForced(bool? exactProducts, bool? unsigned)
    {
        using var folder = new TemporaryFolder();
        using (SessionOptions settings = DeviceSelection.CommonSettings(new() { ExactProducts = exactProducts }))
        {
            settings.OptimizedModelFilePath = folder.In("optimized.onnx");
            settings.GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_EXTENDED;
            using var session = new InferenceSession(ReferenceModel.Export(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter, options: new() { Precision = Precision.Int8 }), settings);
        }

        var file = new OnnxFile(File.ReadAllBytes(folder.In("optimized.onnx")));
        bool hasUnsigned = file.Initializers.Values.Any(tensor => tensor.Int(2) == (long)OnnxType.UInt8 && tensor.Ints(1).Length == 2);
        Assert.That(hasUnsigned, Is.EqualTo(unsigned ?? Processor.NeedsExactProducts));
    }

    private static byte[] LargeProduct()
    {
        var graph = new GraphBuilder(GraphBuilder.Opset);
        var shape = new FakeNewsOnnx.Checkpoint.Gpt2Config("gpt2", VocabularySize: 3, Positions: 1, Width: Inputs, Layers: 1, Heads: 1);
        Value x = graph.Input("x", OnnxType.Float, 1, Inputs);
        Value y = new Int8Layers(graph, new(graph, shape, 2, name => Enumerable.Repeat(name.EndsWith("bias", StringComparison.Ordinal) ? 0f : 1f, Inputs * (name.EndsWith("bias", StringComparison.Ordinal) ? 1 : Inputs)).ToArray())).Linear("/h.0/attn/c_proj", x);
        graph.Output(y, 1, Inputs);
        using var stream = new MemoryStream();
        OnnxWriter.Write(stream, graph.Build("layer", "", []));
        return stream.ToArray();
    }
}
