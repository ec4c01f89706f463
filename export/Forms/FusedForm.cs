using FakeNewsOnnx.Checkpoint;

namespace FakeNewsOnnx.Export;

/// <summary>One operator of <c>com.microsoft</c> where the portable form has several: for ONNX Runtime on CUDA.</summary>
/// <param name="graph">The graph.</param>
/// <param name="config">The model's shape.</param>
/// <param name="type">Type that attention is computed in.</param>
internal sealed class FusedForm(GraphBuilder graph, Gpt2Config config, OnnxType type) : ModelForm
{
    private readonly Dictionary<Value, (Value X, Value Y)> _sums = [];

    /// <summary>In half precision a quarter of its range: twice this must not be −∞, which would make NaN of a row without any other key.</summary>
    public override float Masked => type == OnnxType.Float ? float.MinValue : -16384;

    public override OnnxType BiasType => type;

    /// <summary>The sum is computed by the LayerNorm that reads it.</summary>
    public override Value Residual(string path, Value x, Value y)
    {
        var sum = new Value(path, OnnxType.Float);
        _sums.Add(sum, (x, graph.Cast($"{path}/single", y, OnnxType.Float)));
        return sum;
    }

    public override Value LayerNorm(string path, Value x, Value weight, Value bias) => _sums.Remove(x, out var sum)
        ? graph.SkipLayerNormalization(path, sum.X, sum.Y, weight, bias, config.LayerNormEpsilon, x.Name)
        : graph.LayerNormalization(path, x, weight, bias, config.LayerNormEpsilon);

    public override Value Gelu(string path, Value x) => graph.FastGelu(path, x);

    public override Value Attention(string path, Value query, Value key, Value value, Queries queries) => graph.MultiHeadAttention(
        path,
        graph.Cast($"{path}/query/cast", query, type),
        graph.Cast($"{path}/key/cast", key, type),
        graph.Cast($"{path}/value/cast", value, type),
        queries.Bias,
        config.Heads);
}
