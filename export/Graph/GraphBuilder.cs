using System.Globalization;
using System.Runtime.InteropServices;

namespace FakeNewsOnnx.Export;

/// <summary>A value in a graph under construction: what a method of <see cref="GraphBuilder"/> returns and others take.</summary>
internal readonly record struct Value(string Name, OnnxType Type);

/// <summary>
/// Builds a graph in the order of the calls: one method per operator, which returns the operator's output. The first
/// argument names the node and its output.
/// </summary>
/// <remarks>
/// There is no Shape, Size, Range, Expand or ConstantOfShape here, and no ArgMax over integers: ONNX Runtime runs them on
/// the CPU even in a CUDA session. It reads the condition of an If and the ends of a Slice there too: both are for the portable form. Operators: https://onnx.ai/onnx/operators.
/// </remarks>
/// <param name="opset">Version of <c>ai.onnx</c>: <see cref="Opset"/> or <see cref="OldOpset"/>.</param>
internal sealed partial class GraphBuilder(int opset)
{
    /// <summary>The lowest version of <c>ai.onnx</c> that has every operator below; Gelu is the youngest.</summary>
    public const int Opset = 20;

    /// <summary>The IR version that came with <see cref="Opset"/>.</summary>
    public const int IrVersion = 9;

    /// <summary>The lowest version that has LayerNormalization, but not Gelu; for old runtimes.</summary>
    public const int OldOpset = 17;

    private const int OldIrVersion = 8;

    private readonly List<OnnxValue> _inputs = [];
    private readonly List<OnnxValue> _outputs = [];
    private readonly List<OnnxTensor> _initializers = [];
    private List<OnnxNode> _nodes = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Whether <see cref="Gelu"/> can be used.</summary>
    public bool HasGelu => opset >= Opset;

    /// <summary>The model with what was built so far.</summary>
    public OnnxModel Build(string name, string description, IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> metadata) =>
        new(opset >= Opset ? IrVersion : OldIrVersion, opset, new(name, description, _inputs, _outputs, _initializers, _nodes), metadata);

    public Value Input(string name, OnnxType type, params OnnxDimension[] shape)
    {
        _inputs.Add(new(name, type, shape));
        return Declare(name, type);
    }

    /// <summary>Names a value that the graph gives to its caller.</summary>
    public void Output(Value value, params OnnxDimension[] shape) => _outputs.Add(new(value.Name, value.Type, shape));

    /// <summary>A weight; <paramref name="read"/> is called when the file is written.</summary>
    public Value Weight(string name, OnnxType type, IReadOnlyList<long> shape, ByteSource read)
    {
        _initializers.Add(new(name, type, shape, read));
        return Declare(name, type);
    }

    /// <summary>A single-precision weight.</summary>
    public Value Weight(string name, IReadOnlyList<long> shape, Func<float[]> read) =>
        Weight(name, OnnxType.Float, shape, () => MemoryMarshal.AsBytes(read().AsSpan()));

    /// <summary>A constant of shape []: ONNX Runtime's fusions misread one of shape [1].</summary>
    public Value Scalar(float value) => Constant(OnnxType.Float, value.ToString("R", CultureInfo.InvariantCulture), [], BitConverter.GetBytes(value));

    /// <inheritdoc cref="Scalar(float)"/>
    public Value Scalar(long value) => Constant(OnnxType.Int64, value.ToString(CultureInfo.InvariantCulture), [], BitConverter.GetBytes(value));

    /// <summary>A constant of shape [] and of the type of the values that it meets, single or half precision.</summary>
    public Value Scalar(float value, OnnxType type) => type == OnnxType.Float
        ? Scalar(value)
        : Constant(type, value.ToString("R", CultureInfo.InvariantCulture), [], BitConverter.GetBytes((Half)value));

    /// <summary>A constant of shape [n].</summary>
    public Value Vector(params long[] values) =>
        Constant(OnnxType.Int64, $"[{string.Join(",", values)}]", [values.Length], MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    public Value Add(string name, Value a, Value b) => Node(name, "Add", [a, b]);

    public Value Mul(string name, Value a, Value b) => Node(name, "Mul", [a, b]);

    public Value Tanh(string name, Value x) => Node(name, "Tanh", [x]);

    /// <summary>a · b over the last two dimensions.</summary>
    public Value MatMul(string name, Value a, Value b) => Node(name, "MatMul", [a, b]);

    /// <summary>a · bᵀ for a [n, k] and b [m, k].</summary>
    public Value MatMulTransposed(string name, Value a, Value b) => Node(name, "Gemm", [a, b], new OnnxAttribute("transB", 1L));

    /// <summary>(a − its zero point) · b of 8-bit integers, in 32-bit integers.</summary>
    public Value MatMulInteger(string name, Value a, Value b, Value zeroPoint) => Node(name, "MatMulInteger", [a, b, zeroPoint], OnnxType.Int32);

    /// <summary>x as 8-bit integers with one scale and one zero point for all of it.</summary>
    public Quantized DynamicQuantizeLinear(string name, Value x)
    {
        string[] outputs = [$"{name}/quantized", $"{name}/scale", $"{name}/zero_point"];
        _nodes.Add(new(name, "DynamicQuantizeLinear", [x.Name], outputs, []));
        return new(Declare(outputs[0], OnnxType.UInt8), Declare(outputs[1], OnnxType.Float), Declare(outputs[2], OnnxType.UInt8));
    }

    /// <summary>LayerNorm over the last dimension.</summary>
    public Value LayerNormalization(string name, Value x, Value weight, Value bias, double epsilon) =>
        Node(name, "LayerNormalization", [x, weight, bias], new OnnxAttribute("axis", -1L), new OnnxAttribute("epsilon", (float)epsilon));

    /// <summary>The tanh form of GELU, which Transformers calls <c>gelu_new</c>; since version 20.</summary>
    public Value Gelu(string name, Value x) => Node(name, "Gelu", [x], new OnnxAttribute("approximate", "tanh"));

    /// <summary>Softmax over the last dimension.</summary>
    public Value Softmax(string name, Value x) => Node(name, "Softmax", [x], new OnnxAttribute("axis", -1L));

    /// <summary>Cuts the last dimension into equal parts.</summary>
    public Value[] Split(string name, Value x, int parts)
    {
        OnnxAttribute axis = new("axis", -1L);
        string[] outputs = [.. Enumerable.Range(0, parts).Select(part => $"{name}/{part}")];
        _nodes.Add(new(name, "Split", [x.Name], outputs, opset > OldOpset ? [axis, new("num_outputs", (long)parts)] : [axis]));
        return [.. outputs.Select(output => Declare(output, x.Type))];
    }

    /// <summary>Reshape; in <paramref name="shape"/> a 0 keeps the dimension in its place and −1 takes the rest.</summary>
    public Value Reshape(string name, Value x, params long[] shape) => Node(name, "Reshape", [x, Vector(shape)]);

    public Value Transpose(string name, Value x, params long[] order) => Node(name, "Transpose", [x], new OnnxAttribute("perm", order));

    /// <summary>Rows of a table, or with a scalar index one row.</summary>
    public Value Gather(string name, Value table, Value index) => Node(name, "Gather", [table, index], new OnnxAttribute("axis", 0L));

    /// <summary>One row of each item of a batch: x [B, T, C] and index [B, n, 1] give [B, n, C].</summary>
    public Value GatherRows(string name, Value x, Value index) => Node(name, "GatherND", [x, index], new OnnxAttribute("batch_dims", 1L));

    /// <summary>x in another type; x itself if it has that type.</summary>
    public Value Cast(string name, Value x, OnnxType type) => x.Type == type ? x : Node(name, "Cast", [x], type, new OnnxAttribute("to", (long)type));

    public Value Equal(string name, Value a, Value b) => Node(name, "Equal", [a, b], OnnxType.Bool);

    public Value Greater(string name, Value a, Value b) => Node(name, "Greater", [a, b], OnnxType.Bool);

    public Value Not(string name, Value x) => Node(name, "Not", [x]);

    public Value Where(string name, Value condition, Value then, Value otherwise) => Node(name, "Where", [condition, then, otherwise], then.Type);

    /// <summary>For each element of a vector, the sum of those before it.</summary>
    public Value SumBefore(string name, Value x) => Node(name, "CumSum", [x, Scalar(0L)], new OnnxAttribute("exclusive", 1L));

    /// <summary>Elements from <paramref name="start"/> [1] to before <paramref name="end"/> [1] along an axis, as many of them as there are.</summary>
    public Value Slice(string name, Value x, Value start, Value end, long axis) => Node(name, "Slice", [x, start, end, Vector(axis)]);

    /// <summary>Joins values along an axis.</summary>
    public Value Concat(string name, Value[] parts, long axis) => Node(name, "Concat", parts, new OnnxAttribute("axis", axis));

    /// <summary>One of two branches; each may read any value that the graph has so far, and only the chosen one runs.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="condition">bool [1]</param>
    /// <param name="then">Builds the nodes of the first branch and returns its result.</param>
    /// <param name="otherwise">The same for the second branch.</param>
    /// <param name="shape">Shape of either result.</param>
    public Value If(string name, Value condition, Func<Value> then, Func<Value> otherwise, params OnnxDimension[] shape)
    {
        OnnxGraph first = Branch(then), second = Branch(otherwise);
        return Node(name, "If", [condition], first.Outputs[0].Type, new OnnxAttribute("then_branch", first), new OnnxAttribute("else_branch", second));

        OnnxGraph Branch(Func<Value> build)
        {
            List<OnnxNode> outside = _nodes;
            _nodes = [];
            Value result = build();
            var branch = new OnnxGraph(result.Name, "", [], [new(result.Name, result.Type, shape)], [], _nodes);
            _nodes = outside;
            return branch;
        }
    }

    /// <summary>The largest element along the last dimension, which stays with length 1.</summary>
    public Value ReduceMax(string name, Value x)
    {
        OnnxAttribute keep = new("keepdims", 1L);
        return opset > OldOpset ? Node(name, "ReduceMax", [x, Vector(-1)], keep) : Node(name, "ReduceMax", [x], new OnnxAttribute("axes", new long[] { -1 }), keep);
    }

    private Value Node(string name, string type, Value[] inputs, params OnnxAttribute[] attributes) => Node(name, type, inputs, inputs[0].Type, attributes);

    private Value Node(string name, string type, Value[] inputs, OnnxType output, params OnnxAttribute[] attributes)
    {
        _nodes.Add(new(name, type, [.. inputs.Select(input => input.Name)], [name], attributes));
        return Declare(name, output);
    }

    /// <summary>A constant is stored once, however often it is asked for.</summary>
    private Value Constant(OnnxType type, string text, long[] shape, byte[] bytes)
    {
        string name = $"/constants/{type}/{text}";
        if (_names.Add(name))
        {
            _initializers.Add(new(name, type, shape, () => bytes));
        }

        return new(name, type);
    }

    private Value Declare(string name, OnnxType type) =>
        _names.Add(name) ? new(name, type) : throw new InvalidOperationException($"the graph has two values named '{name}'.");
}

/// <summary>8-bit integers q with x ≈ scale · (q − zero point).</summary>
internal readonly record struct Quantized(Value Integers, Value Scale, Value ZeroPoint);
