using System.Security.Cryptography;
using FakeNewsOnnx.Articles;

namespace FakeNewsOnnx.Infer;

/// <summary>What tells one input from another, and how large it is.</summary>
/// <param name="Sha256">Of all files' bytes, unpacked and in UTF-8, in hexadecimal.</param>
/// <param name="Starts">The same bytes before each file.</param>
/// <param name="TotalBytes">The same bytes of all files.</param>
internal sealed record InputDigest(string Sha256, IReadOnlyList<long> Starts, long TotalBytes)
{
    /// <summary>Reads the files once.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="encoding">Their encoding; null for UTF-8 and what a byte order mark says.</param>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static InputDigest Compute(IEnumerable<string> paths, TextEncoding? encoding)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var starts = new List<long>();
        long total = 0;
        byte[] buffer = new byte[1 << 20];
        foreach (string path in paths)
        {
            starts.Add(total);
            using var stream = TextFile.Open(path, encoding);
            for (int read; (read = stream.Read(buffer)) > 0; total += read)
            {
                hash.AppendData(buffer.AsSpan(0, read));
            }
        }

        return new(Convert.ToHexStringLower(hash.GetHashAndReset()), starts, total);
    }

    /// <summary>Whether a row belongs to a part of the input.</summary>
    public bool IsIn(Shard shard, InputRow row) => shard.Contains(Starts[row.FileIndex] + row.Row.Offset, TotalBytes);
}
