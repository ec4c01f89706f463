using FakeNewsOnnx.Checkpoint;

namespace FakeNewsOnnx.Export;

/// <summary>Only operators of <c>ai.onnx</c>.</summary>
internal sealed class PortableForm(GraphBuilder graph, Gpt2Config config) : ModelForm
{
    /// <summary>Two of them are −∞, as in Transformers.</summary>
    public override float Masked => float.MinValue;

    public override OnnxType BiasType => OnnxType.Float;

    public override Value Residual(string path, Value x, Value y) => graph.Add(path, x, graph.Cast($"{path}/single", y, OnnxType.Float));

    public override Value LayerNorm(string path, Value x, Value weight, Value bias) =>
        graph.LayerNormalization(path, x, weight, bias, config.LayerNormEpsilon);

    public override Value Gelu(string path, Value x) => graph.HasGelu ? graph.Gelu(path, x) : OldGelu(path, x);

    public override Value Attention(string path, Value query, Value key, Value value, Queries queries) => queries.Blocks is { } blocks
        ? graph.If(
            path,
            blocks.AreNeeded,
            () => InBlocks($"{path}/blocks", query, key, value, blocks.Items),
            () => Whole($"{path}/whole", query, key, value, queries.Bias),
            "batch",
            "sequence",
            config.Width)
        : Whole(path, query, key, value, queries.Bias);

    private Value Whole(string path, Value query, Value key, Value value, Value bias)
    {
        Value q = Heads($"{path}/query", query, 0, 2, 1, 3); // [B, H, Tq, D]
        Value k = Heads($"{path}/key", key, 0, 2, 3, 1); // [B, H, D, T]
        Value v = Heads($"{path}/value", value, 0, 2, 1, 3); // [B, H, T, D]
        return Join(path, Attend(path, q, k, v, bias));
    }

    private Value InBlocks(string path, Value query, Value key, Value value, IReadOnlyList<QueryBlock> blocks)
    {
        Value q = Heads($"{path}/query", query, 0, 2, 1, 3), k = Heads($"{path}/key", key, 0, 2, 1, 3), v = Heads($"{path}/value", value, 0, 2, 1, 3); // [B, H, T, D]
        return Join(path, graph.Concat($"{path}/heads", [.. blocks.Select((block, i) => Part($"{path}/{i}", block))], 2));

        Value Part(string part, QueryBlock block) // [B, H, queries, D]
        {
            // ONNX Runtime makes the product transpose the keys.
            Value visible = graph.Transpose($"{part}/key/transposed", Keys($"{part}/key", k, block), 0, 1, 3, 2);
            return Attend(part, graph.Slice($"{part}/query", q, block.Start, block.End, 2), visible, Keys($"{part}/value", v, block), block.Bias);
        }
    }

    /// <summary>q [B, H, Tq, D], k [B, H, D, T] and v [B, H, T, D] → [B, H, Tq, D]</summary>
    private Value Attend(string path, Value q, Value k, Value v, Value bias)
    {
        Value scores = graph.Mul($"{path}/scores", graph.MatMul($"{path}/products", q, k), Scale(q.Type));
        Value biased = graph.Add($"{path}/biased", graph.Cast($"{path}/single", scores, OnnxType.Float), bias);
        Value weights = graph.Cast($"{path}/weights/cast", graph.Softmax($"{path}/weights", biased), v.Type);
        return graph.MatMul($"{path}/heads", weights, v);
    }

    private Value Join(string path, Value heads) => // [B, H, T, D] → [B, T, C]
        graph.Reshape($"{path}/joined", graph.Transpose($"{path}/joined/transposed", heads, 0, 2, 1, 3), 0, 0, -1);

    private Value Scale(OnnxType type) => graph.Scalar((float)(1 / Math.Sqrt(config.HeadWidth)), type);

    private Value Keys(string path, Value x, QueryBlock block) => block.KeyEnd is { } end ? graph.Slice(path, x, graph.Vector(0), end, 2) : x;

    private Value Heads(string path, Value x, params long[] order) =>
        graph.Transpose($"{path}/transposed", graph.Reshape($"{path}/heads", x, 0, 0, config.Heads, config.HeadWidth), order);

    /// <summary>½ x (1 + tanh(√(2/π) x (1 + 0.044715 x²))), in the steps that ONNX Runtime fuses into one.</summary>
    private Value OldGelu(string path, Value x)
    {
        Value Number(double value) => graph.Scalar((float)value, x.Type);
        Value cubic = graph.Mul($"{path}/cubic", graph.Mul($"{path}/scaled", Number(0.044715), x), x);
        Value inner = graph.Mul(
            $"{path}/inner",
            graph.Mul($"{path}/factor", Number(Math.Sqrt(2 / Math.PI)), x),
            graph.Add($"{path}/cubic_plus_1", cubic, Number(1)));
        Value gate = graph.Add($"{path}/tanh_plus_1", graph.Tanh($"{path}/tanh", inner), Number(1));
        return graph.Mul(path, graph.Mul($"{path}/half", Number(0.5), x), gate);
    }
}
