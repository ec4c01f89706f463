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
}
