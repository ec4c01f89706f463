namespace FakeNewsOnnx.Export;

/// <summary>The layers that hold the model's large weights; each precision has its own.</summary>
internal abstract class ModelLayers
{
    /// <summary>The layers of a precision.</summary>
    public static ModelLayers Create(GraphBuilder graph, ModelWeights weights, OnnxExportOptions options)
    {
        var single = new SingleLayers(graph, weights);
        ModelLayers layers = options.Precision switch
        {
            Precision.Fp16 => new HalfLayers(graph, weights),
            Precision.Int8 => new Int8Layers(graph, weights),
            _ => single,
        };
        return options.KeepSingle.Count == 0 ? layers : new MixedLayers(options.KeepSingle, single, layers);
    }

    /// <summary>Rows of a table: indices of any shape → [.., C], in single precision.</summary>
    public abstract Value Embedding(string path, Value index);

    /// <summary>Conv1D of the original: x · W + b with W [in, out]; the result has the precision's type.</summary>
    public abstract Value Linear(string path, Value x);
}

/// <summary>All in single precision.</summary>
internal sealed class SingleLayers(GraphBuilder graph, ModelWeights weights) : ModelLayers
{
    public override Value Embedding(string path, Value index) => graph.Gather(path, weights.Single(path, "weight"), index);

    public override Value Linear(string path, Value x)
    {
        Value single = graph.Cast($"{path}/single", x, OnnxType.Float);
        return graph.Add(path, graph.MatMul($"{path}/product", single, weights.Single(path, "weight")), weights.Single(path, "bias"));
    }
}

/// <summary>Single precision for the layers that are named, another one for the rest.</summary>
/// <param name="kept">Layers (<c>h.0.mlp.c_proj</c>, <c>wte</c>) or blocks (<c>h.0</c>) that stay single.</param>
/// <param name="single">Theirs.</param>
/// <param name="others">Those of all other layers.</param>
internal sealed class MixedLayers(IReadOnlyList<string> kept, ModelLayers single, ModelLayers others) : ModelLayers
{
    public override Value Embedding(string path, Value index) => For(path).Embedding(path, index);

    public override Value Linear(string path, Value x) => For(path).Linear(path, x);

    private ModelLayers For(string path)
    {
        string layer = ModelWeights.LayerAt(path);
        return kept.Any(name => layer == name || layer.StartsWith($"{name}.", StringComparison.Ordinal)) ? single : others;
    }
}
