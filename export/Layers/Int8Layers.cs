namespace FakeNewsOnnx.Export;

/// <summary>
/// Weights as 8-bit integers with a scale for each output, multiplied with activations that get one scale each time the
/// model runs. Only <c>ai.onnx</c> operators, in the order that ONNX Runtime fuses into one.
/// </summary>
/// <remarks>
/// The scale of an activation covers the whole batch, so an article's logits depend a little on its neighbours: callers run
/// one article at a time.
/// </remarks>
internal sealed class Int8Layers(GraphBuilder graph, ModelWeights weights) : ModelLayers
{
    private readonly Dictionary<Value, Quantized> _quantized = [];

    /// <summary>A table has a scale for each row.</summary>
    public override Value Embedding(string path, Value index)
    {
        var (integers, scales) = weights.Int8(path, scalePerRow: true); // [V, C] and [V, 1]
        Value row = graph.Cast($"{path}/single", graph.Gather($"{path}/integers", integers, index), OnnxType.Float);
        return graph.Mul(path, row, graph.Gather($"{path}/scale", scales, index));
    }

    public override Value Linear(string path, Value x)
    {
        var (integers, scales) = weights.Int8(path, scalePerRow: false); // [in, out] and [out]
        Quantized activation = Quantize(x);
        Value product = graph.MatMulInteger($"{path}/integers", activation.Integers, integers, activation.ZeroPoint);
        Value scale = graph.Mul($"{path}/scale", activation.Scale, scales);
        Value scaled = graph.Mul($"{path}/product", graph.Cast($"{path}/single", product, OnnxType.Float), scale);
        return graph.Add(path, scaled, weights.Single(path, "bias"));
    }

    /// <summary>An activation is quantised once, however many layers read it.</summary>
    private Quantized Quantize(Value x)
    {
        if (!_quantized.TryGetValue(x, out Quantized quantized))
        {
            quantized = graph.DynamicQuantizeLinear($"{x.Name}/int8", x);
            _quantized.Add(x, quantized);
        }

        return quantized;
    }
}
