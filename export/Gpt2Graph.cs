using FakeNewsOnnx.Data;

namespace FakeNewsOnnx.Export;

/// <summary>
/// GPT-2 with a classifier head as an ONNX graph: the same model in the same order as <c>train/Gpt2.cs</c>.
/// B: batch, T: tokens, C: width, H: heads, D: width of a head.
/// </summary>
/// <remarks>
/// Model: https://github.com/openai/gpt-2 as Transformers computes it. A node's path is its weight's name with slashes:
/// <c>/h.0/attn/c_attn</c> uses <c>h.0.attn.c_attn.weight</c>. Of the last block only the pooled token's output is
/// computed: its keys and values need every token, the rest does not.
/// </remarks>
internal sealed class Gpt2Graph
{
    private readonly GraphBuilder _graph = new();
    private readonly Gpt2Config _config;
    private readonly Func<string, float[]> _read;
    private readonly Dictionary<string, long[]> _shapes;

    private Gpt2Graph(Gpt2Config config, int labels, Func<string, float[]> read)
    {
        _config = config;
        _read = read;
        _shapes = Gpt2Weights.All(config).ToDictionary(weight => weight.Name, weight => weight.Shape, StringComparer.Ordinal);
        _shapes.Add(Gpt2Weights.ScoreWeight, [labels, config.Width]);
    }

    /// <summary>Builds the graph: <c>input_ids</c>, <c>attention_mask</c> int64 [B, T] → <c>logits</c> [B, labels].</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="labels">Rows of the head.</param>
    /// <param name="padTokenId">Id that pooling skips.</param>
    /// <param name="read">Gives a weight by its name in <see cref="Gpt2Weights"/>, when the file is written.</param>
    public static OnnxGraph Build(Gpt2Config config, int labels, int padTokenId, Func<string, float[]> read)
    {
        var model = new Gpt2Graph(config, labels, read);
        model.Forward(labels, padTokenId);
        return model._graph.Build("gpt2", $"GPT-2 sequence classifier: {config.Layers} blocks, {config.Width} wide, {labels} labels.");
    }

    private void Forward(int labels, int padTokenId)
    {
        Value ids = _graph.Input("input_ids", OnnxType.Int64, "batch", "sequence");
        Value mask = _graph.Input("attention_mask", OnnxType.Int64, "batch", "sequence");

        Value positions = Positions(ids); // [T]
        Value masked = MaskBias(mask); // [B, 1, 1, T]
        Queries everyToken = EveryToken(positions, masked);
        Queries pooledToken = PooledToken(ids, positions, masked, padTokenId);

        Value x = Embed(ids, positions); // [B, T, C]
        for (int layer = 0; layer < _config.Layers; layer++)
        {
            bool last = layer == _config.Layers - 1;
            x = Block($"/{Gpt2Weights.Block(layer)}", x, last ? pooledToken : everyToken);
        }

        x = LayerNorm($"/{Gpt2Weights.FinalNorm}", x); // [B, 1, C]
        x = _graph.Reshape("/pooled", x, 0, -1); // [B, C]
        Value logits = _graph.MatMulTransposed("logits", x, Weight($"/{Gpt2Weights.Score}", "weight"));
        _graph.Output(logits, OnnxType.Float, "batch", labels);
    }

    private Value Embed(Value ids, Value positions) => _graph.Add( // [B, T, C]
        "/embeddings",
        _graph.Gather("/wte", Weight("/wte", "weight"), ids),
        _graph.Gather("/wpe", Weight("/wpe", "weight"), _graph.Cast("/wpe/index", positions, OnnxType.Int64)));

    private Value Block(string path, Value x, Queries queries) // [B, T, C] → [B, T or 1, C]
    {
        Value attended = Attention($"{path}/attn", LayerNorm($"{path}/ln_1", x), queries);
        x = _graph.Add($"{path}/attended", Select($"{path}/query", x, queries), attended);
        return _graph.Add($"{path}/output", x, Mlp($"{path}/mlp", LayerNorm($"{path}/ln_2", x)));
    }

    private Value Attention(string path, Value x, Queries queries) // [B, T, C] → [B, T or 1, C]
    {
        Value[] parts = _graph.Split($"{path}/split", Linear($"{path}/c_attn", x), 3); // 3 × [B, T, C]
        Value query = Heads($"{path}/query", Select($"{path}/query", parts[0], queries), 0, 2, 1, 3); // [B, H, T or 1, D]
        Value key = Heads($"{path}/key", parts[1], 0, 2, 3, 1); // [B, H, D, T]
        Value value = Heads($"{path}/value", parts[2], 0, 2, 1, 3); // [B, H, T, D]

        Value scale = _graph.Scalar((float)(1 / Math.Sqrt(_config.HeadWidth)));
        Value scores = _graph.Mul($"{path}/scores", _graph.MatMul($"{path}/products", query, key), scale);
        Value weights = _graph.Softmax($"{path}/weights", _graph.Add($"{path}/biased", scores, queries.Bias));
        Value heads = _graph.MatMul($"{path}/heads", weights, value); // [B, H, T or 1, D]
        Value joined = _graph.Reshape($"{path}/joined", _graph.Transpose($"{path}/joined/transposed", heads, 0, 2, 1, 3), 0, 0, -1);
        return Linear($"{path}/c_proj", joined);
    }

    private Value Mlp(string path, Value x) =>
        Linear($"{path}/c_proj", _graph.Gelu($"{path}/gelu", Linear($"{path}/c_fc", x)));

    /// <summary>Conv1D of the original: x · W + b with W [in, out].</summary>
    private Value Linear(string path, Value x) =>
        _graph.Add(path, _graph.MatMul($"{path}/product", x, Weight(path, "weight")), Weight(path, "bias"));

    private Value LayerNorm(string path, Value x) =>
        _graph.LayerNormalization(path, x, Weight(path, "weight"), Weight(path, "bias"), _config.LayerNormEpsilon);

    private Value Heads(string path, Value x, params long[] order) =>
        _graph.Transpose($"{path}/transposed", _graph.Reshape($"{path}/heads", x, 0, 0, _config.Heads, _config.HeadWidth), order);

    /// <summary>0, 1, … T−1 as floats [T]: a running count over the tokens of the first row.</summary>
    private Value Positions(Value ids)
    {
        Value row = _graph.Gather("/positions/row", ids, _graph.Scalar(0L));
        Value ones = _graph.Cast("/positions/ones", _graph.Equal("/positions/equal", row, row), OnnxType.Float);
        return _graph.SumBefore("/positions", ones);
    }

    private Queries EveryToken(Value positions, Value masked) =>
        new(AttentionBias("/bias", positions, _graph.Reshape("/bias/queries", positions, -1, 1), masked), Index: null);

    /// <summary>The rightmost token whose id is not the pad, the first where all are pads.</summary>
    private Queries PooledToken(Value ids, Value positions, Value masked, int padTokenId)
    {
        Value isPad = _graph.Equal("/pool/is_pad", ids, _graph.Scalar((long)padTokenId));
        Value isToken = _graph.Cast("/pool/is_token", _graph.Not("/pool/is_not_pad", isPad), OnnxType.Float);
        Value position = _graph.ReduceMax("/pool/position", _graph.Mul("/pool/positions", positions, isToken)); // [B, 1]
        Value index = _graph.Cast("/pool/index", _graph.Reshape("/pool/index/float", position, 0, 1, 1), OnnxType.Int64);
        return new(AttentionBias("/pool/bias", positions, _graph.Reshape("/pool/bias/queries", position, 0, 1, 1, 1), masked), index);
    }

    /// <summary>What the mask adds to the scores of a key: the lowest float where it is 0. [B, T] → [B, 1, 1, T]</summary>
    private Value MaskBias(Value mask)
    {
        Value isMasked = _graph.Equal("/mask/is_masked", mask, _graph.Scalar(0L));
        return _graph.Reshape("/mask/bias", LowestFloatWhere("/mask/where", isMasked), 0, 1, 1, -1);
    }

    /// <summary>
    /// What is added to attention scores: the lowest float for a key after its query, and once more for a masked key. Together
    /// they are −∞, as in Transformers: a query whose visible keys are all masked attends to them alike and stays finite.
    /// </summary>
    private Value AttentionBias(string path, Value positions, Value queries, Value masked)
    {
        Value isAhead = _graph.Greater($"{path}/is_ahead", positions, queries);
        return _graph.Add(path, LowestFloatWhere($"{path}/ahead", isAhead), masked);
    }

    private Value LowestFloatWhere(string path, Value condition) =>
        _graph.Where(path, condition, _graph.Scalar(float.MinValue), _graph.Scalar(0f));

    private Value Select(string path, Value x, Queries queries) => queries.Index is { } index ? _graph.GatherRows(path, x, index) : x;

    private Value Weight(string path, string kind)
    {
        string name = $"{path[1..].Replace('/', '.')}.{kind}";
        return _graph.Weight(name, _shapes[name], () => _read(name));
    }

    /// <summary>Which tokens a block computes.</summary>
    /// <param name="Bias">What is added to their scores: [B, 1, T, T] for all, [B, 1, 1, T] for the pooled one.</param>
    /// <param name="Index">The pooled token's position [B, 1, 1]; null for all tokens.</param>
    private readonly record struct Queries(Value Bias, Value? Index);
}
