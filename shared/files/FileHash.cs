using System.Security.Cryptography;

namespace FakeNewsOnnx.Files;

/// <summary>What tells one file from another.</summary>
public static class FileHash
{
    /// <summary>SHA-256 of a file's bytes, in lower-case hexadecimal.</summary>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static string Sha256(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>SHA-256 of a single file's bytes, or of several files' hashes one after the other, in lower-case hexadecimal.</summary>
    /// <exception cref="IOException">A file can't be read.</exception>
    public static string Sha256(IReadOnlyList<string> paths) => paths is [var only]
        ? Sha256(only)
        : Convert.ToHexStringLower(SHA256.HashData([.. paths.SelectMany(path => Convert.FromHexString(Sha256(path)))]));
}
