using System.IO.Compression;

namespace FakeNewsOnnx.Files;

/// <summary>What a file's name says about it.</summary>
public static class FileNames
{
    /// <summary>The name for standard input and output.</summary>
    public const string StandardStream = "-";

    /// <summary>Whether a file is compressed.</summary>
    public static bool IsGzip(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    /// <summary>Opens a file. Of a folder, .NET would say that access is denied.</summary>
    /// <exception cref="IOException">The file cannot be read, or is a folder.</exception>
    public static FileStream OpenRead(string path) =>
        Directory.Exists(path) ? throw new IOException($"{path}: expected a file; found a folder.") : File.OpenRead(path);

    /// <summary>Opens a file's bytes, unpacked.</summary>
    /// <exception cref="IOException">The file cannot be read, or is a folder.</exception>
    public static Stream OpenUnpacked(string path) => Unpack(path, OpenRead(path));

    /// <summary>The bytes of a stream as its name tells, unpacked; it is closed with the result.</summary>
    public static Stream Unpack(string path, Stream file) => IsGzip(path) ? new GZipStream(file, CompressionMode.Decompress) : file;
}
