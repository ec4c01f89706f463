using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FakeNewsOnnx.Train.Data;

/// <summary>Where the tokens of an article are in a file.</summary>
/// <param name="Offset">Bytes before them.</param>
/// <param name="Count">How many there are.</param>
/// <param name="IsTruncated">Whether the article has more.</param>
internal readonly record struct StoredTokens(long Offset, int Count, bool IsTruncated);

/// <summary>
/// The tokens of a run, on disk: of 165,000 articles they would take 200 MB of memory. The file has no name once it is open, so that it
/// goes with its handle, however the run ends.
/// </summary>
internal sealed class TokenFile
{
    private readonly SafeFileHandle _handle;
    private long _length;

    /// <param name="folder">Where there is room for it.</param>
    /// <param name="isWide">Whether a token needs four bytes rather than two.</param>
    public TokenFile(string folder, bool isWide)
    {
        string path = Path.Combine(folder, $"tokens-{Path.GetRandomFileName()}.tmp");
        _handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete);
        File.Delete(path);
        TokenBytes = isWide ? sizeof(int) : sizeof(ushort);
    }

    /// <summary>Bytes of a token: 2 or 4.</summary>
    public int TokenBytes { get; }

    /// <summary>Adds the tokens of an article.</summary>
    public StoredTokens Append(ReadOnlySpan<int> tokens, bool isTruncated) => AppendBytes(
        TokenBytes == sizeof(int) ? MemoryMarshal.AsBytes(tokens) : MemoryMarshal.AsBytes<ushort>(Array.ConvertAll(tokens.ToArray(), token => checked((ushort)token))), isTruncated);

    /// <summary>Adds the tokens of an article as they are stored.</summary>
    public StoredTokens AppendBytes(ReadOnlySpan<byte> bytes, bool isTruncated)
    {
        var stored = new StoredTokens(_length, bytes.Length / TokenBytes, isTruncated);
        RandomAccess.Write(_handle, bytes, _length);
        _length += bytes.Length;
        return stored;
    }

    /// <summary>The tokens of an article.</summary>
    public int[] Read(StoredTokens tokens)
    {
        byte[] bytes = ReadBytes(tokens);
        return TokenBytes == sizeof(int) ? MemoryMarshal.Cast<byte, int>(bytes).ToArray() : Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(bytes).ToArray(), token => (int)token);
    }

    /// <summary>The tokens of an article as they are stored.</summary>
    public byte[] ReadBytes(StoredTokens tokens)
    {
        var bytes = new byte[tokens.Count * TokenBytes];
        for (int done = 0, read; done < bytes.Length; done += read)
        {
            read = RandomAccess.Read(_handle, bytes.AsSpan(done), tokens.Offset + done);
            if (read == 0)
            {
                throw new EndOfStreamException("the file of tokens has become shorter.");
            }
        }

        return bytes;
    }
}
