using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace FakeNewsOnnx.Checkpoint;

/// <summary>
/// The header of a safetensors file: 8 bytes of length, then JSON that names each tensor's type, shape and place.
/// The file is untrusted: every number is checked before it is used, and reading allocates at most
/// <see cref="MemoryFactor"/> times the header's own bytes, which the file must hold.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The format's own limit on the JSON text, in bytes.</summary>
    internal const int MaxLength = 100_000_000;

    /// <summary>How many bytes may be allocated for each byte of a header; the densest, of nothing but metadata, takes 14.</summary>
    internal const int MemoryFactor = 16;

    private const int MaxNameLength = 1_000;
    private const int MaxDimensions = 64;
    private const string MetadataKey = "__metadata__";

    private static readonly TensorType[] Types = Enum.GetValues<TensorType>();

    private readonly string _path;
    private readonly long _dataStart;
    private readonly long _dataLength;

    private SafetensorsHeader(string path, long dataStart, long fileLength)
    {
        _path = path;
        _dataStart = dataStart;
        _dataLength = fileLength - dataStart;
    }

    public Dictionary<string, TensorInfo> Tensors { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <exception cref="InvalidDataException">The header breaks the format.</exception>
    public static SafetensorsHeader Read(Stream stream, string path)
    {
        long fileLength = stream.Length;
        Span<byte> prefix = stackalloc byte[8];
        if (fileLength < prefix.Length)
        {
            throw new InvalidDataException($"{path}: a safetensors file starts with 8 bytes of header length; the file has {fileLength}.");
        }

        stream.ReadExactly(prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxLength || (long)length > fileLength - prefix.Length)
        {
            throw new InvalidDataException($"{path}: the header must fit in the file and in {MaxLength} bytes; its length says {length}, the file has {fileLength}.");
        }

        var json = new byte[length];
        stream.ReadExactly(json);
        var header = new SafetensorsHeader(path, prefix.Length + json.Length, fileLength);
        header.Parse(json);
        SafetensorsLayout.Check(path, header.Tensors.Values, header._dataStart, header._dataLength);
        return header;
    }

    private void Parse(byte[] json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw Error("the header must be a JSON object");
            }

            bool hasMetadata = false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = ReadName(ref reader);
                Expect(ref reader, JsonTokenType.StartObject, name);
                if (name == MetadataKey ? hasMetadata : Tensors.ContainsKey(name))
                {
                    throw Error($"'{name}' is declared twice");
                }

                if (name == MetadataKey)
                {
                    hasMetadata = true;
                    ParseMetadata(ref reader);
                }
                else
                {
                    Tensors.Add(name, ParseTensor(ref reader, name));
                }
            }

            while (reader.Read())
            {
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{_path}: the safetensors header is not the JSON that the format asks for: {e.Message}", e);
        }
    }

    private void ParseMetadata(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = ReadName(ref reader);
            Expect(ref reader, JsonTokenType.String, key);
            if (!Metadata.TryAdd(key, reader.GetString()!))
            {
                throw Error($"metadata '{key}' is declared twice");
            }
        }
    }

    private TensorInfo ParseTensor(ref Utf8JsonReader reader, string name)
    {
        TensorType? type = null;
        long[]? shape = null;
        (long Begin, long End)? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (type is null && reader.ValueTextEquals("dtype"u8))
            {
                reader.Read();
                type = ParseType(ref reader, name);
            }
            else if (shape is null && reader.ValueTextEquals("shape"u8))
            {
                shape = ParseNumbers(ref reader, name, "shape");
            }
            else if (offsets is null && reader.ValueTextEquals("data_offsets"u8))
            {
                offsets = ParseNumbers(ref reader, name, "data_offsets") is [var begin, var end]
                    ? (begin, end)
                    : throw Error($"tensor '{name}': data_offsets must be two numbers");
            }
            else
            {
                throw Error($"tensor '{name}': expected dtype, shape and data_offsets, once each; found '{ReadName(ref reader)}'");
            }
        }

        return type is not null && shape is not null && offsets is not null
            ? Place(name, type.Value, shape, offsets.Value.Begin, offsets.Value.End)
            : throw Error($"tensor '{name}' must have dtype, shape and data_offsets");
    }

    private TensorInfo Place(string name, TensorType type, long[] shape, long begin, long end)
    {
        long count = 1, bytes;
        try
        {
            foreach (long dimension in shape)
            {
                count = checked(count * dimension);
            }

            bytes = checked(count * type.Size());
        }
        catch (OverflowException e)
        {
            throw new InvalidDataException($"{_path}: tensor '{name}': shape {TensorInfo.FormatShape(shape)} is too large.", e);
        }

        if (begin > end || bytes != end - begin)
        {
            throw Error($"tensor '{name}': {type} {TensorInfo.FormatShape(shape)} takes {bytes} bytes; data_offsets are [{begin}, {end}]");
        }

        return end <= _dataLength
            ? new(name, type, shape, _dataStart + begin, count)
            : throw Error($"the file is truncated: tensor '{name}' ends at data offset {end}, the file has {_dataLength} bytes of data");
    }

    private TensorType ParseType(ref Utf8JsonReader reader, string tensor)
    {
        foreach (TensorType type in Types)
        {
            if (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(type.ToString()))
            {
                return type;
            }
        }

        string found = Encoding.UTF8.GetString(reader.ValueSpan[..Math.Min(reader.ValueSpan.Length, 20)]);
        throw Error($"tensor '{tensor}': dtype must be one of {string.Join(", ", Types)}; found '{found}'");
    }

    private long[] ParseNumbers(ref Utf8JsonReader reader, string tensor, string key)
    {
        Span<long> numbers = stackalloc long[MaxDimensions];
        int count = 0;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
        {
            throw Error($"tensor '{tensor}': {key} must be an array");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
            {
                throw Error($"tensor '{tensor}': {key} must hold whole numbers from 0 to 2^63-1");
            }

            if (count == numbers.Length)
            {
                throw Error($"tensor '{tensor}': {key} must hold at most {MaxDimensions} numbers");
            }

            numbers[count++] = number;
        }

        return numbers[..count].ToArray();
    }

    private string ReadName(ref Utf8JsonReader reader) => reader.ValueSpan.Length <= MaxNameLength
        ? reader.GetString()!
        : throw Error($"names must have at most {MaxNameLength} bytes; found one of {reader.ValueSpan.Length}");

    private void Expect(ref Utf8JsonReader reader, JsonTokenType type, string name)
    {
        if (!reader.Read() || reader.TokenType != type)
        {
            throw Error($"'{name}' must be {(type == JsonTokenType.String ? "a string" : "an object")}; found {reader.TokenType}");
        }
    }

    private InvalidDataException Error(string message) => new($"{_path}: {message}.");
}
