using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Train.Data;

/// <summary>
/// Opens a file of articles: <c>.parquet</c>; JSON, one object a line or one array, by <c>.jsonl</c>, <c>.ndjson</c> or <c>.json</c>; anything else as CSV.
/// Compression and encoding are known by the file's first bytes.
/// </summary>
internal static class ArticleFile
{
    private const string ParquetExtension = ".parquet";

    /// <summary>Whether a file's name says that it holds articles. A <c>.json</c> beside them is as often something else, and is read only if it is named.</summary>
    public static bool IsArticles(string path) => IsParquet(path) || (RowFormats.TryFormatOf(path) is not null && !FileNames.WithoutCompression(path).EndsWith(".json", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a file's name says that it is CSV and not compressed, so that its rows can be copied as they are.</summary>
    public static bool IsPlainCsv(string path) => !IsParquet(path) && FileNames.WithoutCompression(path) == path && RowFormats.TryFormatOf(path) != RowFormat.JsonLines;

    /// <param name="path">The file.</param>
    /// <param name="columns">The columns that hold an article.</param>
    /// <param name="encoding">The encoding of CSV and JSON; null for UTF-8 and what a byte order mark says.</param>
    /// <param name="note">Gets a line on what the file's name does not say.</param>
    /// <exception cref="InvalidDataException">The file is not what its name says, or lacks a column.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IArticleReader Open(string path, ArticleColumns columns, TextEncoding? encoding = null, Action<string>? note = null) => IsParquet(path)
        ? new ParquetArticleReader(path, columns)
        : RowFormats.OpenReader(TextFile.Open(path, encoding, note), path, RowFormats.TryFormatOf(path) ?? RowFormat.Csv, columns, note: note);

    private static bool IsParquet(string path) => path.EndsWith(ParquetExtension, StringComparison.OrdinalIgnoreCase);
}
