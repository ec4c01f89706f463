using System.IO.Compression;

namespace FakeNewsOnnx.Data;

/// <summary>How records stand in a file.</summary>
public enum RowFormat
{
    /// <summary>Comma-separated fields under a header.</summary>
    Csv,

    /// <summary>One JSON object a line.</summary>
    JsonLines,
}

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

    /// <summary>The format that a file's name tells; null if it tells none.</summary>
    public static RowFormat? TryFormatOf(string path) => Path.GetExtension(IsGzip(path) ? path[..^3] : path).ToUpperInvariant() switch
    {
        ".CSV" => RowFormat.Csv,
        ".JSONL" or ".NDJSON" => RowFormat.JsonLines,
        _ => null,
    };

    /// <summary>The value of <c>--format</c>.</summary>
    /// <exception cref="UsageException">It is no format.</exception>
    public static RowFormat ParseFormat(string text) => text switch
    {
        "csv" => RowFormat.Csv,
        "jsonl" => RowFormat.JsonLines,
        _ => throw new UsageException($"--format must be csv or jsonl; found '{text}'."),
    };
}
