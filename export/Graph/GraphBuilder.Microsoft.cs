namespace FakeNewsOnnx.Export;

/// <content>
/// Operators of ONNX Runtime's own domain, which other runtimes lack:
/// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md.
/// </content>
internal sealed partial class GraphBuilder
{
    private const string Microsoft = "com.microsoft";

    /// <summary>
    /// LayerNorm of x + y, and the sum itself, whose name the caller gave to a <see cref="Value"/> before.
    /// </summary>
    public Value SkipLayerNormalization(string name, Value x, Value y, Value weight, Value bias, double epsilon, string sum)
    {
        OnnxAttribute[] attributes = [new("epsilon", (float)epsilon)];
        _nodes.Add(new(name, "SkipLayerNormalization", [x.Name, y.Name, weight.Name, bias.Name], [name, "", "", sum], attributes) { Domain = Microsoft });
        Declare(sum, x.Type);
        return Declare(name, x.Type);
    }

    /// <summary>The tanh form of GELU.</summary>
    public Value FastGelu(string name, Value x) => MicrosoftNode(name, "FastGelu", [x]);

    /// <summary>softmax(q · kᵀ / √D + bias) · v for each head: q [B, Tq, C], k and v [B, T, C] and a bias [B, 1, Tq, T] give [B, Tq, C].</summary>
    public Value MultiHeadAttention(string name, Value query, Value key, Value value, Value bias, int heads) =>
        MicrosoftNode(name, "MultiHeadAttention", [query, key, value, Missing, Missing, bias], new OnnxAttribute("num_heads", (long)heads));

    /// <summary>An optional input that is not given.</summary>
    private static Value Missing => new("", OnnxType.Float);

    private Value MicrosoftNode(string name, string type, Value[] inputs, params OnnxAttribute[] attributes)
    {
        _nodes.Add(new(name, type, [.. inputs.Select(input => input.Name)], [name], attributes) { Domain = Microsoft });
        return Declare(name, inputs[0].Type);
    }
}
