namespace FakeNewsOnnx.Export;

/// <summary>Weights, their products and biases in half precision.</summary>
internal sealed class HalfLayers(GraphBuilder graph, ModelWeights weights) : ModelLayers
{
    public override Value Embedding(string path, Value index) =>
        graph.Cast($"{path}/single", graph.Gather(path, weights.Half(path, "weight"), index), OnnxType.Float);

    public override Value Linear(string path, Value x)
    {
        Value half = graph.Cast($"{path}/half", x, OnnxType.Float16);
        return graph.Add(path, graph.MatMul($"{path}/product", half, weights.Half(path, "weight")), weights.Half(path, "bias"));
    }
}
