using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Tests.Parity;
using Microsoft.ML.OnnxRuntime;

namespace FakeNewsOnnx.Tests.Export;

/// <summary>8-bit layers with numbers that can be worked out by hand.</summary>
internal sealed class Int8LayersTests
{
    private static readonly Gpt2Config TwoWide = new("gpt2", VocabularySize: 3, Positions: 1, Width: 2, Layers: 1, Heads: 1);

    [Test]
    public void Integers_HaveAScaleForEachColumn()
    {
        var matrix = new Int8Matrix(() => [1, -0.5f, 0.25f, 2], columns: 2, scalePerRow: false);

        Assert.That(matrix.Integers(), Is.EqualTo(new sbyte[] { 127, -32, 32, 127 }));
        Assert.That(matrix.Scales(), Is.EqualTo(new[] { 1 / 127f, 2 / 127f }));
    }

    [Test]
    public void Integers_HaveAScaleForEachRow()
    {
        var matrix = new Int8Matrix(() => [1, -0.5f, 0.25f, 2, 0, 0], columns: 2, scalePerRow: true);

        Assert.That(matrix.Integers(), Is.EqualTo(new sbyte[] { 127, -64, 16, 127, 0, 0 }));
        Assert.That(matrix.Scales(), Is.EqualTo(new[] { 1 / 127f, 2 / 127f, 1 }));
    }

    /// <summary>
    /// x = (1, −½) has scale 1.5/255 and zero point 85, so it is (170, −85) · 1.5/255. W is ((127, 64), (32, −127)) / 127.
    /// 170·127 − 85·32 = 18870 and 170·64 + 85·127 = 21675, times 1.5/255/127, plus the bias.
    /// </summary>
    [Test]
    public void Linear_MultipliesIntegers() =>
        Assert.That(Run((layers, x) => layers.Linear("/h.0/attn/c_proj", x), [1, -0.5f]), Is.EqualTo(new[] { 0.874016f, 11.003937f }).Within(1e-5));

    [Test]
    public void AnActivation_IsQuantisedOnce()
    {
        var graph = new GraphBuilder(GraphBuilder.Opset);
        var layers = new Int8Layers(graph, new(graph, TwoWide, 2, Read));
        Value x = graph.Input("x", OnnxType.Float, 1, 2);
        layers.Linear("/h.0/attn/c_proj", x);
        layers.Linear("/h.0/mlp/c_fc", x);

        Assert.That(graph.Build("", "", []).Graph.Nodes.Count(node => node.Operator == "DynamicQuantizeLinear"), Is.EqualTo(1));
    }

    /// <summary>Product, scale and bias become one operator of ONNX Runtime's: four in each of two blocks.</summary>
    [Test]
    public void OnnxRuntime_FusesEveryProduct()
    {
        using var folder = new TemporaryFolder();
        string optimized = folder.In("optimized.onnx");
        OnnxExportOptions int8 = new() { Precision = Precision.Int8, Labels = LabelMap.Default };
        using (var options = new SessionOptions { OptimizedModelFilePath = optimized, GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_EXTENDED })
        {
            using var session = new InferenceSession(ReferenceModel.Export(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter, options: int8), options);
        }

        ILookup<string, string> operators = new OnnxFile(File.ReadAllBytes(optimized)).Operators.ToLookup(name => name);
        Assert.That(operators["MatMulInteger"].Count(), Is.Zero);
        Assert.That(operators["com.microsoft.MatMulIntegerToFloat"].Count() + operators["com.microsoft.DynamicQuantizeMatMul"].Count(), Is.EqualTo(8));
    }

    private static float[] Run(Func<Int8Layers, Value, Value> build, float[] x)
    {
        var graph = new GraphBuilder(GraphBuilder.Opset);
        Value input = graph.Input("x", OnnxType.Float, 1, 2);
        Value output = build(new(graph, new(graph, TwoWide, 2, Read)), input);
        graph.Output(output, 1, 2);
        using var stream = new MemoryStream();
        OnnxWriter.Write(stream, graph.Build("layer", "", []));
        using var session = new InferenceSession(stream.ToArray());
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(x, [1, 2]);
        using var options = new RunOptions();
        using var results = session.Run(options, ["x"], [value], [output.Name]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static float[] Read(string name) => name switch
    {
        "h.0.attn.c_proj.weight" => [1, 0.5f, 0.25f, -1],
        "h.0.attn.c_proj.bias" => [0, 10],
        _ => throw new InvalidOperationException(name),
    };
}
