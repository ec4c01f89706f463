using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Articles;

/// <summary>How records stand in a file.</summary>
public enum RowFormat
{
    /// <summary>Comma-separated fields under a header.</summary>
    Csv,

    /// <summary>JSON objects: one a line, or in one array.</summary>
    JsonLines,
}

/// <summary>Formats by the names of files and of the option.</summary>
public static class RowFormats
{
    /// <summary>The number of bytes that tell an array from lines.</summary>
    private const int ShownBytes = 1 << 12;

    /// <summary>The format that a file's name tells; null if it tells none.</summary>
    public static RowFormat? TryFormatOf(string path) => Path.GetExtension(FileNames.WithoutCompression(path)).ToUpperInvariant() switch
    {
        ".CSV" => RowFormat.Csv,
        ".JSONL" or ".NDJSON" or ".JSON" => RowFormat.JsonLines,
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

    /// <summary>Opens a reader for a text; an array and lines are told apart by the text itself.</summary>
    /// <param name="utf8">The text, which is closed with the reader.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="format">How its records stand.</param>
    /// <param name="columns">The columns that hold an article.</param>
    /// <param name="maxFieldBytes">The largest field that is read.</param>
    /// <param name="note">Gets a line on what a row is, where that is not as usual.</param>
    /// <exception cref="InvalidDataException">The text has no header, or lacks a column.</exception>
    public static IArticleReader OpenReader(
        Stream utf8, string name, RowFormat format, ArticleColumns columns, int maxFieldBytes = CsvArticleReader.DefaultMaxFieldBytes, Action<string>? note = null)
    {
        ArgumentNullException.ThrowIfNull(utf8);
        try
        {
            if (format == RowFormat.Csv)
            {
                return new CsvArticleReader(utf8, name, columns, maxFieldBytes);
            }

            var text = new PeekStream(utf8);
            if (!JsonArrayReader.IsArray(text.Peek(ShownBytes)))
            {
                return new JsonLinesReader(text, name, columns, maxFieldBytes);
            }

            note?.Invoke($"{name}: read as one JSON array; all output is JSON Lines, one object a line.");
            return new JsonArrayReader(text, name, columns, maxFieldBytes);
        }
        catch
        {
            utf8.Dispose();
            throw;
        }
    }
}
