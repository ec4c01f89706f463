using FakeNewsOnnx.Data;

namespace FakeNewsOnnx.Infer;

/// <summary>How records stand in a file.</summary>
internal enum RowFormat
{
    Csv,
    JsonLines,
}

/// <summary>What a file's name says about it.</summary>
internal static class FileNames
{
    /// <summary>The name for standard input and output.</summary>
    public const string StandardStream = "-";

    /// <summary>Whether a file is compressed.</summary>
    public static bool IsGzip(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

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
