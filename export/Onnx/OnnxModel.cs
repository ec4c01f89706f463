namespace FakeNewsOnnx.Export;

/// <summary>An ONNX model: a graph and what a reader must know to run it. Written by <see cref="OnnxWriter"/>.</summary>
/// <param name="IrVersion">Version of the file format.</param>
/// <param name="Opset">Version of the <c>ai.onnx</c> operators.</param>
/// <param name="Graph">The computation.</param>
/// <param name="Metadata">The model's <c>metadata_props</c>: UTF-8 texts by key, in the order of the file.</param>
internal sealed record OnnxModel(int IrVersion, int Opset, OnnxGraph Graph, IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Metadata);

/// <summary>A computation: nodes in an order in which each one's inputs come before it.</summary>
internal sealed record OnnxGraph(
    string Name,
    string Description,
    IReadOnlyList<OnnxValue> Inputs,
    IReadOnlyList<OnnxValue> Outputs,
    IReadOnlyList<OnnxTensor> Initializers,
    IReadOnlyList<OnnxNode> Nodes);

/// <summary>A graph's input or output.</summary>
internal sealed record OnnxValue(string Name, OnnxType Type, IReadOnlyList<OnnxDimension> Shape);

/// <summary>A dimension: a number, or a name that stands for the same number wherever it occurs.</summary>
internal readonly record struct OnnxDimension(long? Length, string? Name)
{
    public static implicit operator OnnxDimension(long length) => new(length, null);

    public static implicit operator OnnxDimension(string name) => new(null, name);
}

/// <summary>One operator; an input or output with an empty name is left out.</summary>
internal sealed record OnnxNode(
    string Name,
    string Operator,
    IReadOnlyList<string> Inputs,
    IReadOnlyList<string> Outputs,
    IReadOnlyList<OnnxAttribute> Attributes)
{
    /// <summary>Where the operator is defined; empty for <c>ai.onnx</c>.</summary>
    public string Domain { get; init; } = "";
}

/// <summary>An operator's setting.</summary>
/// <param name="Name">As the operator's specification has it.</param>
/// <param name="Value">A <see cref="long"/>, a <see cref="float"/>, a <see cref="string"/>, an array of <see cref="long"/> or an <see cref="OnnxGraph"/>.</param>
internal sealed record OnnxAttribute(string Name, object Value);

/// <summary>A constant; its bytes are asked for when its turn to be written comes, and not kept.</summary>
/// <param name="Name">The value's name in the graph.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Row-major dimensions; empty for a scalar.</param>
/// <param name="Read">Gives the elements, little-endian, row by row.</param>
internal sealed record OnnxTensor(string Name, OnnxType Type, IReadOnlyList<long> Shape, ByteSource Read)
{
    /// <summary>Where the bytes are if not in the model's own file.</summary>
    public OnnxDataPlace? Place { get; init; }

    /// <summary>How many bytes the elements take.</summary>
    public long Bytes => Shape.Aggregate((long)Type.Size(), (product, dimension) => product * dimension);
}

/// <summary>A place in a file beside the model's.</summary>
/// <param name="File">The file's name, without a folder.</param>
/// <param name="Offset">The first byte.</param>
internal sealed record OnnxDataPlace(string File, long Offset);

/// <summary>Element types, with the numbers of <c>TensorProto.DataType</c>.</summary>
internal enum OnnxType
{
    Float = 1,
    UInt8 = 2,
    Int8 = 3,
    Int32 = 6,
    Int64 = 7,
    Bool = 9,
    Float16 = 10,
}

internal static class OnnxTypes
{
    public static int Size(this OnnxType type) => type switch
    {
        OnnxType.Int64 => sizeof(long),
        OnnxType.Float or OnnxType.Int32 => sizeof(float),
        OnnxType.Float16 => 2,
        _ => sizeof(byte),
    };
}
