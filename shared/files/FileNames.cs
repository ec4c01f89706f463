namespace FakeNewsOnnx.Files;

/// <summary>What a file's name says about it.</summary>
public static class FileNames
{
    /// <summary>The name for standard input and output.</summary>
    public const string StandardStream = "-";

    /// <summary>Whether a file's name says that it is compressed with gzip.</summary>
    public static bool IsGzip(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a file's name says that it is compressed with Zstandard.</summary>
    public static bool IsZstandard(string path) => path.EndsWith(".zst", StringComparison.OrdinalIgnoreCase);

    /// <summary>The name without the ending of a compression.</summary>
    public static string WithoutCompression(string path) => IsGzip(path) ? path[..^".gz".Length] : IsZstandard(path) ? path[..^".zst".Length] : path;

    /// <summary>Opens a file. Of a folder, .NET would say that access is denied.</summary>
    /// <exception cref="IOException">The file cannot be read, or is a folder.</exception>
    public static FileStream OpenRead(string path) =>
        Directory.Exists(path) ? throw new IOException($"{path}: expected a file; found a folder.") : File.OpenRead(path);
}
