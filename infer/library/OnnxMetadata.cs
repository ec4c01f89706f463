using System.Text;

namespace FakeNewsOnnx.Inference;

/// <summary>
/// Reads what an ONNX file says about itself (<c>metadata_props</c>) without loading its graph, so that the tokenizer can be
/// built while ONNX Runtime loads it. Whether the file is a model is for ONNX Runtime to say: here anything else has no metadata.
/// </summary>
internal static class OnnxMetadata
{
    /// <summary>The field of <c>ModelProto</c> that holds one key and value.</summary>
    private const int MetadataProps = 14;

    private const int MaxEntryBytes = 1 << 26;

    /// <summary>The entries' bytes, by key.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Dictionary<string, ReadOnlyMemory<byte>> Read(string path)
    {
        using var file = File.OpenRead(path);
        return Read(file);
    }

    /// <summary>The entries' bytes, by key.</summary>
    /// <param name="file">A file's bytes, from their start; they can be skipped.</param>
    internal static Dictionary<string, ReadOnlyMemory<byte>> Read(Stream file)
    {
        var entries = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        while (TryReadVarint(file, out ulong tag))
        {
            int field = (int)(tag >> 3);
            if ((tag & 7) == 0)
            {
                _ = TryReadVarint(file, out _);
                continue;
            }

            if ((tag & 7) != 2 || !TryReadVarint(file, out ulong length) || length > (ulong)(file.Length - file.Position))
            {
                break;
            }

            if (field == MetadataProps && length <= MaxEntryBytes)
            {
                byte[] entry = new byte[length];
                file.ReadExactly(entry);
                AddEntry(entries, new MemoryStream(entry, 0, entry.Length, writable: false, publiclyVisible: true));
            }
            else
            {
                file.Seek((long)length, SeekOrigin.Current);
            }
        }

        return entries;
    }

    /// <summary>Reads a <c>StringStringEntryProto</c>: the key is field 1, the value field 2.</summary>
    private static void AddEntry(Dictionary<string, ReadOnlyMemory<byte>> entries, MemoryStream entry)
    {
        ReadOnlyMemory<byte> key = default, value = default;
        while (TryReadVarint(entry, out ulong tag) && TryReadVarint(entry, out ulong length) && length <= (ulong)(entry.Length - entry.Position))
        {
            ReadOnlyMemory<byte> bytes = entry.GetBuffer().AsMemory((int)entry.Position, (int)length);
            entry.Position += (long)length;
            (key, value) = tag >> 3 == 1 ? (bytes, value) : (key, bytes);
        }

        entries[Encoding.UTF8.GetString(key.Span)] = value;
    }

    /// <summary>A number in groups of seven bits, the lowest first.</summary>
    private static bool TryReadVarint(Stream stream, out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            int next = stream.ReadByte();
            if (next < 0)
            {
                return false;
            }

            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
