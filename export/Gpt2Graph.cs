using FakeNewsOnnx.Checkpoint;

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
    private readonly GraphBuilder _graph;
    private readonly Gpt2Config _config;
    private readonly ModelWeights _weights;
    private readonly ModelLayers _layers;
    private readonly ModelForm _form;

    private Gpt2Graph(Gpt2Config config, int labels, Func<string, float[]> read, OnnxExportOptions options)
    {
        _config = config;
        _graph = new(options.Opset);
        _weights = new(_graph, config, labels, read);
        _layers = ModelLayers.Create(_graph, _weights, options);
        _form = ModelForm.Create(_graph, config, options);
    }

    /// <summary>Builds a model: <c>input_ids</c>, <c>attention_mask</c> int64 [B, T] → <c>logits</c> float [B, labels].</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="labels">Rows of the head.</param>
    /// <param name="padTokenId">Id that pooling skips.</param>
    /// <param name="read">Gives a weight by its name in <see cref="Gpt2Weights"/>, when the file is written.</param>
    /// <param name="options">Form and precision.</param>
    /// <param name="metadata">What goes into the file beside the graph.</param>
    public static OnnxModel Build(
        Gpt2Config config,
        int labels,
        int padTokenId,
        Func<string, float[]> read,
        OnnxExportOptions options,
        IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> metadata)
    {
        var model = new Gpt2Graph(config, labels, read, options);
        model.Forward(labels, padTokenId);
        return model._graph.Build("gpt2", $"GPT-2 sequence classifier: {config.Layers} blocks, {config.Width} wide, {labels} labels.", metadata);
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
        Value logits = _graph.MatMulTransposed("logits", x, _weights.Single($"/{Gpt2Weights.Score}", "weight"));
        _graph.Output(logits, "batch", labels);
    }

    private Value Embed(Value ids, Value positions) => _graph.Add( // [B, T, C]
        "/embeddings",
        _layers.Embedding("/wte", ids),
        _layers.Embedding("/wpe", _graph.Cast("/wpe/index", positions, OnnxType.Int64)));

    private Value Block(string path, Value x, Queries queries) // [B, T, C] → [B, T or 1, C]
    {
        Value attended = Attention($"{path}/attn", LayerNorm($"{path}/ln_1", x), queries);
        x = _form.Residual($"{path}/attended", Select($"{path}/query", x, queries), attended);
        return _form.Residual($"{path}/output", x, Mlp($"{path}/mlp", LayerNorm($"{path}/ln_2", x)));
    }

    private Value Attention(string path, Value x, Queries queries) // [B, T, C] → [B, T or 1, C]
    {
        Value[] parts = _graph.Split($"{path}/split", _layers.Linear($"{path}/c_attn", x), 3); // 3 × [B, T, C]
        Value query = Select($"{path}/query", parts[0], queries); // [B, T or 1, C]
        return _layers.Linear($"{path}/c_proj", _form.Attention(path, query, parts[1], parts[2], queries.Bias));
    }

    private Value Mlp(string path, Value x) =>
        _layers.Linear($"{path}/c_proj", _form.Gelu($"{path}/gelu", _layers.Linear($"{path}/c_fc", x)));

    private Value LayerNorm(string path, Value x) =>
        _form.LayerNorm(path, x, _weights.Single(path, "weight"), _weights.Single(path, "bias"));

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

    /// <summary>What the mask adds to the scores of a key: a very low number where it is 0. [B, T] → [B, 1, 1, T]</summary>
    private Value MaskBias(Value mask)
    {
        Value isMasked = _graph.Equal("/mask/is_masked", mask, _graph.Scalar(0L));
        return _graph.Reshape("/mask/bias", MaskedWhere("/mask/where", isMasked), 0, 1, 1, -1);
    }

    /// <summary>
    /// What is added to attention scores: a very low number for a key after its query, and once more for a masked key. A
    /// query whose visible keys are all masked attends to them alike and stays finite, as in Transformers.
    /// </summary>
    private Value AttentionBias(string path, Value positions, Value queries, Value masked)
    {
        Value isAhead = _graph.Greater($"{path}/is_ahead", positions, queries);
        return _graph.Cast($"{path}/cast", _graph.Add(path, MaskedWhere($"{path}/ahead", isAhead), masked), _form.BiasType);
    }

    private Value MaskedWhere(string path, Value condition) =>
        _graph.Where(path, condition, _graph.Scalar(_form.Masked), _graph.Scalar(0f));

    private Value Select(string path, Value x, Queries queries) => queries.Index is { } index ? _graph.GatherRows(path, x, index) : x;

    /// <summary>Which tokens a block computes.</summary>
    /// <param name="Bias">What is added to their scores: [B, 1, T, T] for all, [B, 1, 1, T] for the pooled one.</param>
    /// <param name="Index">The pooled token's position [B, 1, 1]; null for all tokens.</param>
    private readonly record struct Queries(Value Bias, Value? Index);
}
