using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using FakeNewsOnnx.Checkpoint;

namespace FakeNewsOnnx.Export;

/// <summary>
/// The model's weights as initializers of a graph, by the path of the layer that uses them: <c>/h.0/attn/c_attn</c> has
/// <c>h.0.attn.c_attn.weight</c>. Each is read when its turn to be written comes.
/// </summary>
internal sealed class ModelWeights
{
    private readonly GraphBuilder _graph;
    private readonly Func<string, float[]> _read;
    private readonly Dictionary<string, long[]> _shapes;

    /// <param name="graph">Gets the initializers.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="labels">Rows of the head.</param>
    /// <param name="read">Gives a weight by its name in <see cref="Gpt2Weights"/>.</param>
    public ModelWeights(GraphBuilder graph, Gpt2Config config, int labels, Func<string, float[]> read)
    {
        _graph = graph;
        _read = read;
        _shapes = Gpt2Weights.All(config).ToDictionary(weight => weight.Name, weight => weight.Shape, StringComparer.Ordinal);
        _shapes.Add(Gpt2Weights.ScoreWeight, [labels, config.Width]);
    }

    /// <summary>The layer's name in the checkpoint.</summary>
    public static string LayerAt(string path) => path[1..].Replace('/', '.');

    public Value Single(string path, string kind)
    {
        string name = Name(path, kind);
        return _graph.Weight(name, _shapes[name], () => _read(name));
    }

    /// <exception cref="InvalidDataException">When it is read: an element is too large for half precision.</exception>
    public Value Half(string path, string kind)
    {
        string name = Name(path, kind);
        return _graph.Weight(name, OnnxType.Float16, _shapes[name], () => MemoryMarshal.AsBytes(ToHalf(name).AsSpan()));
    }

    /// <summary>A matrix as 8-bit integers and the scales of its rows, [rows, 1], or of its columns, [columns].</summary>
    public (Value Integers, Value Scales) Int8(string path, bool scalePerRow)
    {
        string name = Name(path, "weight");
        if (_shapes[name] is not [var rows, var columns])
        {
            throw new ArgumentException($"'{name}' is no matrix.", nameof(path));
        }

        var matrix = new Int8Matrix(() => _read(name), (int)columns, scalePerRow);
        return (
            _graph.Weight(name, OnnxType.Int8, _shapes[name], () => MemoryMarshal.AsBytes(matrix.Integers().AsSpan())),
            _graph.Weight($"{name}_scale", scalePerRow ? [rows, 1] : [columns], matrix.Scales));
    }

    private static string Name(string path, string kind) => $"{LayerAt(path)}.{kind}";

    private Half[] ToHalf(string name)
    {
        float[] values = _read(name);
        float largest = Math.Abs(TensorPrimitives.MaxMagnitude<float>(values));
        if (largest > (float)System.Half.MaxValue)
        {
            throw new InvalidDataException($"tensor '{name}' must fit half precision, ±{System.Half.MaxValue}; its largest element is {largest}. Export it with --keep-fp32 {name[..name.LastIndexOf('.')]}.");
        }

        var halves = new Half[values.Length];
        TensorPrimitives.ConvertToHalf(values, halves);
        return halves;
    }
}
