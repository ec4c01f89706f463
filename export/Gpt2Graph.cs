using FakeNewsOnnx.Checkpoint;

namespace FakeNewsOnnx.Export;

/// <summary>
/// GPT-2 with a classifier head as an ONNX graph: the same model in the same order as <c>train/Model/Gpt2.cs</c>.
/// B: batch, T: tokens, C: width, H: heads, D: width of a head.
/// </summary>
/// <remarks>
/// Model: https://github.com/openai/gpt-2 as Transformers computes it. A node's path is its weight's name with slashes:
/// <c>/h.0/attn/c_attn</c> uses <c>h.0.attn.c_attn.weight</c>. The graph alone needs positions from ids and the mask: <see cref="GraphQueries"/>.
/// </remarks>
internal sealed class Gpt2Graph
{
    private readonly GraphBuilder _graph;
    private readonly Gpt2Config _config;
    private readonly ModelWeights _weights;
    private readonly ModelLayers _layers;
    private readonly ModelForm _form;
    private readonly int[] _blockStarts;

    private Gpt2Graph(Gpt2Config config, int labels, Func<string, float[]> read, OnnxExportOptions options)
    {
        _config = config;
        _graph = new(options.Opset);
        _weights = new(_graph, config, labels, read);
        _layers = ModelLayers.Create(_graph, _weights, options);
        _form = ModelForm.Create(_graph, config, options);
        _blockStarts = options.QueryBlockStarts(config);
    }

    /// <summary>Builds a model: <c>input_ids</c>, <c>attention_mask</c> int64 [B, T] → <c>logits</c> float [B, labels].</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="labels">Rows of the head.</param>
    /// <param name="padTokenId">Id that pooling skips.</param>
    /// <param name="read">Gives a weight by its name in <see cref="Gpt2Weights"/>, when the file is written.</param>
    /// <param name="options">Form and precision.</param>
    /// <param name="metadata">Entries that go into the file beside the graph.</param>
    public static OnnxModel Build(
        Gpt2Config config,
        int labels,
        int padTokenId,
        Func<string, float[]> read,
        OnnxExportOptions options,
        IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> metadata)
    {
        var model = new Gpt2Graph(config, labels, read, options);
        Value ids = model._graph.Input("input_ids", OnnxType.Int64, "batch", "sequence");
        Value mask = model._graph.Input("attention_mask", OnnxType.Int64, "batch", "sequence");
        model._graph.Output(model.Logits(ids, mask, padTokenId), "batch", labels);
        string attention = model._blockStarts is [_, var block, ..] ? $" Attention in blocks of {block} queries." : "";
        return model._graph.Build("gpt2", $"GPT-2 sequence classifier: {config.Layers} blocks, {config.Width} wide, {labels} labels.{attention}", metadata);
    }

    private Value Logits(Value ids, Value mask, int padTokenId) // [B, T] → [B, labels]
    {
        var queries = new GraphQueries(_graph, _form, ids, mask, padTokenId, _blockStarts);
        Value x = Transformer(ids, queries);
        return _graph.MatMulTransposed("logits", x, _weights.Single($"/{Gpt2Weights.Score}", "weight"));
    }

    /// <summary>Embeddings, blocks, final LayerNorm. In the last block only keys and values need every token.</summary>
    private Value Transformer(Value ids, GraphQueries queries) // [B, T] → [B, C]
    {
        Value x = Embed(ids, queries.Positions);
        for (int layer = 0; layer < _config.Layers; layer++)
        {
            x = Block($"/{Gpt2Weights.Block(layer)}", x, layer == _config.Layers - 1 ? queries.LastToken : queries.EveryToken);
        }

        x = LayerNorm($"/{Gpt2Weights.FinalNorm}", x); // [B, 1, C]
        return _graph.Reshape("/pooled", x, 0, -1);
    }

    private Value Embed(Value ids, Value positions) => _graph.Add( // [B, T] → [B, T, C], in single precision
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
        return _layers.Linear($"{path}/c_proj", _form.Attention(path, query, parts[1], parts[2], queries));
    }

    private Value Mlp(string path, Value x) => // [B, T, C] → [B, T, C]
        _layers.Linear($"{path}/c_proj", _form.Gelu($"{path}/gelu", _layers.Linear($"{path}/c_fc", x)));

    private Value LayerNorm(string path, Value x) =>
        _form.LayerNorm(path, x, _weights.Single(path, "weight"), _weights.Single(path, "bias"));

    private Value Select(string path, Value x, Queries queries) => queries.Index is { } index ? _graph.GatherRows(path, x, index) : x;
}
