using System.Text;
using Google.Protobuf;

namespace FakeNewsOnnx.Tests.Export;

/// <summary>
/// A Protobuf message taken apart without knowing its schema: the values of each field in the order of the file. Tests
/// read ONNX files with it, by the field numbers of onnx.proto, independently of the writer.
/// </summary>
internal sealed class WireMessage
{
    private readonly Dictionary<int, List<object>> _fields = [];

    public WireMessage(ReadOnlySpan<byte> bytes)
    {
        using var input = new CodedInputStream(bytes.ToArray());
        while (input.ReadTag() is var tag && tag != 0)
        {
            object value = WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => input.ReadInt64(),
                WireFormat.WireType.Fixed32 => input.ReadFloat(),
                WireFormat.WireType.LengthDelimited => input.ReadBytes().ToByteArray(),
                var type => throw new InvalidDataException($"wire type {type} is not expected in an ONNX file."),
            };
            int field = WireFormat.GetTagFieldNumber(tag);
            _fields.TryAdd(field, []);
            _fields[field].Add(value);
        }
    }

    public IEnumerable<int> Fields => _fields.Keys;

    public long Int(int field) => (long)_fields[field].Single();

    public float Float(int field) => (float)_fields[field].Single();

    public long[] Ints(int field) => [.. Values<long>(field)];

    public byte[] Bytes(int field) => (byte[])_fields[field].Single();

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field));

    public string[] Texts(int field) => [.. Values<byte[]>(field).Select(Encoding.UTF8.GetString)];

    public WireMessage Message(int field) => new(Bytes(field));

    public WireMessage[] Messages(int field) => [.. Values<byte[]>(field).Select(bytes => new WireMessage(bytes))];

    private IEnumerable<T> Values<T>(int field) => _fields.TryGetValue(field, out var values) ? values.Cast<T>() : [];
}

/// <summary>The parts of an ONNX file that tests look at.</summary>
internal sealed class OnnxFile
{
    public OnnxFile(ReadOnlySpan<byte> bytes)
    {
        Model = new(bytes);
        Graph = Model.Message(7);
        Operators = [.. Graph.Messages(1).Select(OperatorOf)];
        Initializers = Graph.Messages(5).ToDictionary(tensor => tensor.Text(8));
        Metadata = Model.Messages(14).ToDictionary(entry => entry.Text(1), entry => entry.Text(2));
    }

    /// <summary>A node's operator, with its domain if that is not <c>ai.onnx</c>.</summary>
    public static string OperatorOf(WireMessage node) => node.Fields.Contains(7) ? $"{node.Text(7)}.{node.Text(4)}" : node.Text(4);

    /// <summary>ModelProto.</summary>
    public WireMessage Model { get; }

    /// <summary>GraphProto.</summary>
    public WireMessage Graph { get; }

    /// <summary>The operators in the order of the nodes.</summary>
    public IReadOnlyList<string> Operators { get; }

    /// <summary>TensorProto by name.</summary>
    public IReadOnlyDictionary<string, WireMessage> Initializers { get; }

    /// <summary>The model's metadata.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }
}
