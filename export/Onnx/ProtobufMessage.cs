using Google.Protobuf;

namespace FakeNewsOnnx.Export;

/// <summary>Gives bytes at the moment when they are written.</summary>
internal delegate ReadOnlySpan<byte> ByteSource();

/// <summary>
/// A Protobuf message under construction: fields in the order of <c>Add</c>, each with its size known at once, so that a
/// parent can write its length before its bytes. Bytes that are not here yet are asked for while writing.
/// </summary>
/// <remarks>Encoding: https://protobuf.dev/programming-guides/encoding. Repeated numbers are written one by one, as proto2 does.</remarks>
internal sealed class ProtobufMessage
{
    private readonly List<Action<Output>> _fields = [];

    /// <summary>Encoded length in bytes, without the tag and length that a parent puts before it.</summary>
    public long Size { get; private set; }

    public ProtobufMessage Add(int field, long value) => Append(
        field,
        CodedOutputStream.ComputeInt64Size(value),
        output =>
        {
            output.Coded.WriteTag(field, WireFormat.WireType.Varint);
            output.Coded.WriteInt64(value);
        });

    public ProtobufMessage Add(int field, float value) => Append(
        field,
        sizeof(float),
        output =>
        {
            output.Coded.WriteTag(field, WireFormat.WireType.Fixed32);
            output.Coded.WriteFloat(value);
        });

    public ProtobufMessage Add(int field, string value) => Append(
        field,
        CodedOutputStream.ComputeStringSize(value),
        output =>
        {
            output.Coded.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.Coded.WriteString(value);
        });

    public ProtobufMessage Add(int field, ProtobufMessage value) => AddLengthDelimited(field, value.Size, value.Write);

    /// <summary>Adds a bytes field whose content is produced when it is written.</summary>
    /// <param name="field">The field's number.</param>
    /// <param name="length">How many bytes <paramref name="read"/> will give.</param>
    /// <param name="read">Asked once for each time the message is written; its result is not kept.</param>
    public ProtobufMessage Add(int field, long length, ByteSource read) => AddLengthDelimited(
        field,
        length,
        output =>
        {
            ReadOnlySpan<byte> bytes = read();
            if (bytes.Length != length)
            {
                throw new InvalidOperationException($"field {field} was announced with {length} bytes; {bytes.Length} came.");
            }

            output.Coded.Flush();
            output.Stream.Write(bytes);
        });

    /// <summary>Adds a message once for each item.</summary>
    public ProtobufMessage AddEach<T>(int field, IEnumerable<T> items, Func<T, ProtobufMessage> encode)
    {
        foreach (T item in items)
        {
            Add(field, encode(item));
        }

        return this;
    }

    /// <summary>Writes the message; the stream stays open.</summary>
    public void WriteTo(Stream stream)
    {
        using var coded = new CodedOutputStream(stream, leaveOpen: true);
        Write(new(coded, stream));
    }

    private ProtobufMessage AddLengthDelimited(int field, long length, Action<Output> write) => Append(
        field,
        CodedOutputStream.ComputeInt64Size(length) + length,
        output =>
        {
            output.Coded.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.Coded.WriteLength(checked((int)length));
            write(output);
        });

    private ProtobufMessage Append(int field, long size, Action<Output> write)
    {
        Size += CodedOutputStream.ComputeTagSize(field) + size;
        _fields.Add(write);
        return this;
    }

    private void Write(Output output)
    {
        foreach (Action<Output> write in _fields)
        {
            write(output);
        }
    }

    /// <summary>The encoder and the stream below it, which takes large bytes past the encoder's buffer.</summary>
    private readonly record struct Output(CodedOutputStream Coded, Stream Stream);
}
