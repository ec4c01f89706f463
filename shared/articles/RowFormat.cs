using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Articles;

/// <summary>How records stand in a file.</summary>
public enum RowFormat
{
    /// <summary>Comma-separated fields under a header.</summary>
    Csv,

    /// <summary>One JSON object a line.</summary>
    JsonLines,
}

/// <summary>Formats by the names of files and of the option.</summary>
public static class RowFormats
{
    /// <summary>The format that a file's name tells; null if it tells none.</summary>
    public static RowFormat? TryFormatOf(string path) => Path.GetExtension(FileNames.IsGzip(path) ? path[..^3] : path).ToUpperInvariant() switch
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
