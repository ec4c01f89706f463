using System.Globalization;
using System.Runtime.InteropServices;

namespace FakeNewsOnnx.Export;

/// <summary>A value in a graph under construction: what a method of <see cref="GraphBuilder"/> returns and others take.</summary>
internal readonly record struct Value(string Name);

/// <summary>
/// Builds a graph of <c>ai.onnx</c> operators in the order of the calls: one method per operator, which returns the
/// operator's output. The first argument names the node and its output.
/// </summary>
/// <remarks>
/// There is no Shape, Size, Range, Expand or ConstantOfShape here, and no ArgMax over integers: ONNX Runtime runs them on
/// the CPU even in a CUDA session. Operators: https://onnx.ai/onnx/operators.
/// </remarks>
internal sealed class GraphBuilder
{
    /// <summary>The lowest version of <c>ai.onnx</c> that has every operator below; Gelu is the youngest.</summary>
    public const int Opset = 20;

    /// <summary>The IR version that came with <see cref="Opset"/>.</summary>
    public const int IrVersion = 9;

    private readonly List<OnnxValue> _inputs = [];
    private readonly List<OnnxValue> _outputs = [];
    private readonly List<OnnxTensor> _initializers = [];
    private readonly List<OnnxNode> _nodes = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    public OnnxGraph Build(string name, string description) => new(name, description, _inputs, _outputs, _initializers, _nodes);

    public Value Input(string name, OnnxType type, params OnnxDimension[] shape)
    {
        _inputs.Add(new(name, type, shape));
        return Declare(name);
    }

    /// <summary>Names a value that the graph gives to its caller.</summary>
    public void Output(Value value, OnnxType type, params OnnxDimension[] shape) => _outputs.Add(new(value.Name, type, shape));

    /// <summary>A single-precision weight; <paramref name="read"/> is called when the file is written.</summary>
    public Value Weight(string name, IReadOnlyList<long> shape, Func<float[]> read)
    {
        _initializers.Add(new(name, OnnxType.Float, shape, () => MemoryMarshal.AsBytes(read().AsSpan())));
        return Declare(name);
    }

    /// <summary>A constant of shape []: ONNX Runtime's fusions misread one of shape [1].</summary>
    public Value Scalar(float value) => Constant(OnnxType.Float, value.ToString("R", CultureInfo.InvariantCulture), [], BitConverter.GetBytes(value));

    /// <inheritdoc cref="Scalar(float)"/>
    public Value Scalar(long value) => Constant(OnnxType.Int64, value.ToString(CultureInfo.InvariantCulture), [], BitConverter.GetBytes(value));

    /// <summary>A constant of shape [n].</summary>
    public Value Vector(params long[] values) =>
        Constant(OnnxType.Int64, $"[{string.Join(",", values)}]", [values.Length], MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    public Value Add(string name, Value a, Value b) => Node(name, "Add", [a, b]);

    public Value Mul(string name, Value a, Value b) => Node(name, "Mul", [a, b]);

    /// <summary>a · b over the last two dimensions.</summary>
    public Value MatMul(string name, Value a, Value b) => Node(name, "MatMul", [a, b]);

    /// <summary>a · bᵀ for a [n, k] and b [m, k].</summary>
    public Value MatMulTransposed(string name, Value a, Value b) => Node(name, "Gemm", [a, b], new OnnxAttribute("transB", 1L));

    /// <summary>LayerNorm over the last dimension.</summary>
    public Value LayerNormalization(string name, Value x, Value weight, Value bias, double epsilon) =>
        Node(name, "LayerNormalization", [x, weight, bias], new OnnxAttribute("axis", -1L), new OnnxAttribute("epsilon", (float)epsilon));

    /// <summary>The tanh form of GELU, which Transformers calls <c>gelu_new</c>.</summary>
    public Value Gelu(string name, Value x) => Node(name, "Gelu", [x], new OnnxAttribute("approximate", "tanh"));

    /// <summary>Softmax over the last dimension.</summary>
    public Value Softmax(string name, Value x) => Node(name, "Softmax", [x], new OnnxAttribute("axis", -1L));

    /// <summary>Cuts the last dimension into equal parts.</summary>
    public Value[] Split(string name, Value x, int parts)
    {
        string[] outputs = [.. Enumerable.Range(0, parts).Select(part => $"{name}/{part}")];
        _nodes.Add(new(name, "Split", [x.Name], outputs, [new("axis", -1L), new("num_outputs", (long)parts)]));
        return [.. outputs.Select(Declare)];
    }

    /// <summary>Reshape; in <paramref name="shape"/> a 0 keeps the dimension in its place and −1 takes the rest.</summary>
    public Value Reshape(string name, Value x, params long[] shape) => Node(name, "Reshape", [x, Vector(shape)]);

    public Value Transpose(string name, Value x, params long[] order) => Node(name, "Transpose", [x], new OnnxAttribute("perm", order));

    /// <summary>Rows of a table, or with a scalar index one row.</summary>
    public Value Gather(string name, Value table, Value index) => Node(name, "Gather", [table, index], new OnnxAttribute("axis", 0L));

    /// <summary>One row of each item of a batch: x [B, T, C] and index [B, n, 1] give [B, n, C].</summary>
    public Value GatherRows(string name, Value x, Value index) => Node(name, "GatherND", [x, index], new OnnxAttribute("batch_dims", 1L));

    public Value Cast(string name, Value x, OnnxType type) => Node(name, "Cast", [x], new OnnxAttribute("to", (long)type));

    public Value Equal(string name, Value a, Value b) => Node(name, "Equal", [a, b]);

    public Value Greater(string name, Value a, Value b) => Node(name, "Greater", [a, b]);

    public Value Not(string name, Value x) => Node(name, "Not", [x]);

    public Value Where(string name, Value condition, Value then, Value otherwise) => Node(name, "Where", [condition, then, otherwise]);

    /// <summary>For each element of a vector, the sum of those before it.</summary>
    public Value SumBefore(string name, Value x) => Node(name, "CumSum", [x, Scalar(0L)], new OnnxAttribute("exclusive", 1L));

    /// <summary>The largest element along the last dimension, which stays with length 1.</summary>
    public Value ReduceMax(string name, Value x) => Node(name, "ReduceMax", [x, Vector(-1)], new OnnxAttribute("keepdims", 1L));

    private Value Node(string name, string type, Value[] inputs, params OnnxAttribute[] attributes)
    {
        _nodes.Add(new(name, type, [.. inputs.Select(input => input.Name)], [name], attributes));
        return Declare(name);
    }

    /// <summary>A constant is stored once, however often it is asked for.</summary>
    private Value Constant(OnnxType type, string text, long[] shape, byte[] bytes)
    {
        string name = $"/constants/{type}/{text}";
        if (_names.Add(name))
        {
            _initializers.Add(new(name, type, shape, () => bytes));
        }

        return new(name);
    }

    private Value Declare(string name) => _names.Add(name) ? new(name) : throw new InvalidOperationException($"the graph has two values named '{name}'.");
}
