using System.Buffers.Binary;
using System.Text.Json;

namespace FakeNewsOnnx.Data;

/// <summary>
/// The header of a safetensors file: 8 bytes of length, then JSON that names each tensor's type, shape and place.
/// The file is untrusted: every number is checked before it is used.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The format's own limit on the JSON text, in bytes.</summary>
    internal const int MaxLength = 100_000_000;

    private const string MetadataKey = "__metadata__";

    private readonly string _path;

    private SafetensorsHeader(string path) => _path = path;

    public Dictionary<string, TensorInfo> Tensors { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <exception cref="InvalidDataException">The header breaks the format.</exception>
    public static SafetensorsHeader Read(Stream stream, string path)
    {
        var header = new SafetensorsHeader(path);
        long fileLength = stream.Length;
        Span<byte> prefix = stackalloc byte[8];
        if (fileLength < prefix.Length)
        {
            throw header.Error($"a safetensors file starts with 8 bytes of header length; the file has {fileLength}");
        }

        stream.ReadExactly(prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxLength || (long)length > fileLength - prefix.Length)
        {
            throw header.Error($"the header must fit in the file and in {MaxLength} bytes; its length says {length}, the file has {fileLength}");
        }

        var json = new byte[length];
        stream.ReadExactly(json);
        header.Parse(json, dataStart: prefix.Length + (long)length);
        header.CheckLayout(prefix.Length + (long)length, fileLength);
        return header;
    }

    private void Parse(byte[] json, long dataStart)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
            Expect(ref reader, JsonTokenType.StartObject, "the header");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                Expect(ref reader, JsonTokenType.StartObject, $"'{name}'");
                if (name == MetadataKey)
                {
                    ParseMetadata(ref reader);
                }
                else if (!Tensors.TryAdd(name, ParseTensor(ref reader, name, dataStart)))
                {
                    throw Error($"tensor '{name}' is declared twice");
                }
            }

            while (reader.Read())
            {
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{_path}: the safetensors header is not the JSON that the format asks for: {e.Message}", e);
        }
    }

    private void ParseMetadata(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            Expect(ref reader, JsonTokenType.String, $"metadata '{key}'");
            Metadata[key] = reader.GetString()!;
        }
    }

    private TensorInfo ParseTensor(ref Utf8JsonReader reader, string name, long dataStart)
    {
        TensorType? type = null;
        List<long>? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            switch (key)
            {
                case "dtype":
                    string text = reader.GetString() ?? "null";
                    type = Enum.TryParse(text, out TensorType parsed) && Enum.IsDefined(parsed) && !char.IsAsciiDigit(text[0])
                        ? parsed
                        : throw Error($"tensor '{name}': dtype must be one of {string.Join(", ", Enum.GetNames<TensorType>())}; found '{text}'");
                    break;
                case "shape":
                    shape = ParseNumbers(ref reader, name, key);
                    break;
                case "data_offsets":
                    offsets = ParseNumbers(ref reader, name, key);
                    break;
                default:
                    throw Error($"tensor '{name}': unknown field '{key}'");
            }
        }

        if (type is null || shape is null || offsets is not [var begin, var end])
        {
            throw Error($"tensor '{name}' must have dtype, shape and two data_offsets");
        }

        long count = 1;
        try
        {
            foreach (long dimension in shape)
            {
                count = checked(count * dimension);
            }

            if (begin > end || checked(count * type.Value.Size()) != end - begin)
            {
                throw Error($"tensor '{name}': {type} {TensorInfo.FormatShape(shape)} takes {count * type.Value.Size()} bytes; data_offsets are [{begin}, {end}]");
            }

            return new(name, type.Value, shape, checked(dataStart + begin), count);
        }
        catch (OverflowException e)
        {
            throw new InvalidDataException($"{_path}: tensor '{name}': shape {TensorInfo.FormatShape(shape)} is too large.", e);
        }
    }

    private List<long> ParseNumbers(ref Utf8JsonReader reader, string tensor, string key)
    {
        var numbers = new List<long>();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Error($"tensor '{tensor}': {key} must be an array");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
            {
                throw Error($"tensor '{tensor}': {key} must hold whole numbers from 0 to 2^63-1");
            }

            numbers.Add(number);
        }

        return numbers;
    }

    /// <summary>The format leaves no byte between, before or after the tensors, and none to two of them.</summary>
    private void CheckLayout(long dataStart, long fileLength)
    {
        long next = dataStart;
        string previous = "the header";
        foreach (TensorInfo tensor in Tensors.Values.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.Bytes))
        {
            if (tensor.Offset != next)
            {
                string relation = tensor.Offset < next ? "overlaps" : "leaves a gap after";
                throw Error($"tensor '{tensor.Name}' {relation} {previous}: it starts at data offset {tensor.Offset - dataStart}, expected {next - dataStart}");
            }

            next += tensor.Bytes;
            previous = $"'{tensor.Name}'";
        }

        if (next != fileLength)
        {
            string problem = next > fileLength ? "the file is truncated" : "bytes follow the last tensor";
            throw Error($"{problem}: the header describes {next} bytes, the file has {fileLength}");
        }
    }

    private void Expect(ref Utf8JsonReader reader, JsonTokenType type, string what)
    {
        if (!reader.Read() || reader.TokenType != type)
        {
            throw Error($"{what} must be {(type == JsonTokenType.String ? "a string" : "an object")}; found {reader.TokenType}");
        }
    }

    private InvalidDataException Error(string message) => new($"{_path}: {message}.");
}
