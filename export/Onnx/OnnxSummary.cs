using Google.Protobuf;

namespace FakeNewsOnnx.Export;

/// <summary>What an ONNX file says of itself, read without its weights; the file may be anyone's.</summary>
/// <remarks>Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.</remarks>
internal sealed class OnnxSummary
{
    /// <summary>Branches may hold branches; a deeper file is refused, as it could end the program's stack.</summary>
    private const int MaxDepth = 100;

    private readonly CodedInputStream _input;
    private int _depth;

    private OnnxSummary(CodedInputStream input) => _input = input;

    public long IrVersion { get; private set; }

    public string Producer { get; private set; } = "";

    public string ProducerVersion { get; private set; } = "";

    /// <summary>The file's own description of its graph.</summary>
    public string Description { get; private set; } = "";

    /// <summary>Operator sets as <c>ai.onnx 20</c>.</summary>
    public List<string> Opsets { get; } = [];

    public List<TensorSummary> Inputs { get; } = [];

    public List<TensorSummary> Outputs { get; } = [];

    public List<TensorSummary> Weights { get; } = [];

    /// <summary>Number of nodes of each operator, those in branches included.</summary>
    public Dictionary<string, int> Operators { get; } = new(StringComparer.Ordinal);

    /// <summary>The model's metadata in the order of the file.</summary>
    public List<KeyValuePair<string, string>> Metadata { get; } = [];

    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="InvalidDataException">It is not an ONNX model.</exception>
    public static OnnxSummary Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>As <see cref="Read(string)"/>, from a file's bytes.</summary>
    internal static OnnxSummary Read(Stream stream, string path)
    {
        using var input = CodedInputStream.CreateWithLimits(stream, int.MaxValue, 100);
        var summary = new OnnxSummary(input);
        try
        {
            summary.ReadFields(stream.Length, summary.ReadModelField);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidDataException)
        {
            throw new InvalidDataException($"{path}: not an ONNX model: {e.Message}", e);
        }

        return summary.Operators.Count > 0 ? summary : throw new InvalidDataException($"{path}: expected an ONNX model; found no operator.");
    }

    /// <summary>ModelProto.</summary>
    private bool ReadModelField(int field)
    {
        switch (field)
        {
            case 1: IrVersion = _input.ReadInt64(); return true;
            case 2: Producer = _input.ReadString(); return true;
            case 3: ProducerVersion = _input.ReadString(); return true;
            case 6: Description = _input.ReadString(); return true;
            case 7: ReadMessage(ReadGraphField); return true;
            case 8: Opsets.Add(ReadOpset()); return true;
            case 14: Metadata.Add(ReadEntry()); return true;
            default: return false;
        }
    }

    /// <summary>GraphProto.</summary>
    private bool ReadGraphField(int field)
    {
        switch (field)
        {
            case 1: ReadNode(); return true;
            case 5: Weights.Add(ReadTensor()); return true;
            case 11: Inputs.Add(ReadValue()); return true;
            case 12: Outputs.Add(ReadValue()); return true;
            default: return false;
        }
    }

    /// <summary>NodeProto.</summary>
    private void ReadNode()
    {
        string type = "", domain = "";
        ReadMessage(field =>
        {
            switch (field)
            {
                case 4: type = _input.ReadString(); return true;
                case 5: return ReadMessage(ReadAttributeField);
                case 7: domain = _input.ReadString(); return true;
                default: return false;
            }
        });
        string name = domain == "" ? type : $"{domain}.{type}";
        Operators[name] = Operators.GetValueOrDefault(name) + 1;
    }

    /// <summary>AttributeProto: of a branch its nodes and weights.</summary>
    private bool ReadAttributeField(int field) => field is 6 && ReadMessage(inGraph => inGraph is 1 or 5 && ReadGraphField(inGraph));

    /// <summary>TensorProto, but for its data.</summary>
    private TensorSummary ReadTensor()
    {
        string name = "";
        int type = 0;
        var shape = new List<string>();
        ReadMessage(field =>
        {
            switch (field)
            {
                case 1: shape.Add($"{_input.ReadInt64()}"); return true;
                case 2: type = _input.ReadInt32(); return true;
                case 8: name = _input.ReadString(); return true;
                default: return false;
            }
        });
        return new(name, (OnnxType)type, shape);
    }

    /// <summary>ValueInfoProto: a name, and a TypeProto that holds a TypeProto.Tensor that holds a TensorShapeProto.</summary>
    private TensorSummary ReadValue()
    {
        string name = "";
        int type = 0;
        var shape = new List<string>();
        ReadMessage(field =>
        {
            switch (field)
            {
                case 1: name = _input.ReadString(); return true;
                case 2: ReadMessage(inType => inType == 1 && ReadMessage(ReadTensorTypeField)); return true;
                default: return false;
            }
        });
        return new(name, (OnnxType)type, shape);

        bool ReadTensorTypeField(int field)
        {
            switch (field)
            {
                case 1: type = _input.ReadInt32(); return true;
                case 2: ReadMessage(inShape => inShape == 1 && ReadMessage(ReadDimensionField)); return true;
                default: return false;
            }
        }

        bool ReadDimensionField(int field)
        {
            shape.Add(field == 1 ? $"{_input.ReadInt64()}" : _input.ReadString());
            return true;
        }
    }

    /// <summary>OperatorSetIdProto.</summary>
    private string ReadOpset()
    {
        string domain = "";
        long version = 0;
        ReadMessage(field =>
        {
            switch (field)
            {
                case 1: domain = _input.ReadString(); return true;
                case 2: version = _input.ReadInt64(); return true;
                default: return false;
            }
        });
        return $"{(domain == "" ? "ai.onnx" : domain)} {version}";
    }

    /// <summary>StringStringEntryProto.</summary>
    private KeyValuePair<string, string> ReadEntry()
    {
        string key = "", value = "";
        ReadMessage(field =>
        {
            switch (field)
            {
                case 1: key = _input.ReadString(); return true;
                case 2: value = _input.ReadString(); return true;
                default: return false;
            }
        });
        return new(key, value);
    }

    private bool ReadMessage(Func<int, bool> readField)
    {
        if (++_depth > MaxDepth)
        {
            throw new InvalidDataException($"messages must be at most {MaxDepth} deep.");
        }

        long length = _input.ReadLength();
        ReadFields(_input.Position + length, readField);
        _depth--;
        return true;
    }

    /// <summary>Gives each field's number to <paramref name="readField"/>, and skips the field if that returns false.</summary>
    private void ReadFields(long end, Func<int, bool> readField)
    {
        while (_input.Position < end && _input.ReadTag() is var tag and not 0)
        {
            if (!readField(WireFormat.GetTagFieldNumber(tag)))
            {
                _input.SkipLastField();
            }
        }

        if (_input.Position != end)
        {
            throw new InvalidDataException($"a message must end at byte {end}; a field in it ends at {_input.Position}.");
        }
    }
}

/// <summary>A tensor's description.</summary>
internal sealed record TensorSummary(string Name, OnnxType Type, IReadOnlyList<string> Shape)
{
    /// <summary>Bytes of a tensor whose dimensions are all numbers.</summary>
    public double Bytes => Shape.Aggregate((double)Type.Size(), (product, dimension) => product * double.Parse(dimension, System.Globalization.CultureInfo.InvariantCulture));

    public override string ToString() => $"{Name} {Type.ToString().ToLowerInvariant()} [{string.Join(", ", Shape)}]";
}
