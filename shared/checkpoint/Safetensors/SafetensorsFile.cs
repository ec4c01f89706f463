using System.IO.MemoryMappedFiles;

namespace FakeNewsOnnx.Checkpoint;

/// <summary>A safetensors file, memory-mapped: opening it reads the header, reading a tensor touches only its pages.</summary>
/// <remarks>Format: https://github.com/huggingface/safetensors. Little-endian machines only.</remarks>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly SafetensorsHeader _header;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    private SafetensorsFile(string path, SafetensorsHeader header, MemoryMappedFile map)
    {
        Path = path;
        _header = header;
        _map = map;
        _view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    /// <summary>Where the file lies.</summary>
    public string Path { get; }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _header.Tensors;

    /// <summary>The header's <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <exception cref="IOException">The file can't be opened.</exception>
    /// <exception cref="InvalidDataException">It breaks the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        SafetensorsHeader header = SafetensorsHeader.Read(stream, path);
        return new(path, header, MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false));
    }

    /// <summary>Reads a tensor of F32, F16 or BF16 as single precision; every value of these types is exact in it.</summary>
    /// <exception cref="InvalidDataException">No such tensor, another type, or a value that is NaN or infinite.</exception>
    public float[] ReadFloats(string name)
    {
        TensorInfo tensor = Find(name);
        if (tensor.Count > Array.MaxLength)
        {
            throw new InvalidDataException($"{Path}: tensor '{name}' {tensor.ShapeText} has more than {Array.MaxLength} elements.");
        }

        var values = new float[tensor.Count];
        ReadFloats(name, 0, values);
        return values;
    }

    /// <summary>The same for as many elements as <paramref name="values"/> takes, from <paramref name="start"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The tensor has no such elements.</exception>
    /// <exception cref="InvalidDataException">No such tensor, another type, or a value that is NaN or infinite.</exception>
    public void ReadFloats(string name, long start, Span<float> values)
    {
        TensorInfo tensor = Find(name);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, tensor.Count - values.Length);
        byte* source = _start + tensor.Offset + (start * tensor.Type.Size());
        switch (tensor.Type)
        {
            case TensorType.F32:
                new ReadOnlySpan<float>(source, values.Length).CopyTo(values);
                break;
            case TensorType.F16:
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = (float)BitConverter.UInt16BitsToHalf(BitConverter.ToUInt16(new ReadOnlySpan<byte>(source + (2L * i), 2)));
                }

                break;
            case TensorType.BF16:
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = BitConverter.UInt32BitsToSingle((uint)BitConverter.ToUInt16(new ReadOnlySpan<byte>(source + (2L * i), 2)) << 16);
                }

                break;
            default:
                throw new InvalidDataException($"{Path}: tensor '{name}' must be F32, F16 or BF16; found {tensor.Type}.");
        }

        CheckFinite(tensor, start, values);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }

    private TensorInfo Find(string name) => Tensors.TryGetValue(name, out TensorInfo? tensor)
        ? tensor
        : throw new InvalidDataException($"{Path}: tensor '{name}' is missing.");

    private void CheckFinite(TensorInfo tensor, long start, ReadOnlySpan<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                throw new InvalidDataException($"{Path}: tensor '{tensor.Name}' {tensor.ShapeText} must hold finite numbers; element {start + i} is {values[i]}.");
            }
        }
    }
}
