using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Train.Data;

/// <summary>Opens a file of articles as its name tells: <c>.parquet</c>, <c>.jsonl</c> or <c>.ndjson</c>, anything else as CSV; <c>.gz</c> is unpacked.</summary>
internal static class ArticleFile
{
    private const string ParquetExtension = ".parquet";

    /// <summary>Whether a file's name says that it holds articles.</summary>
    public static bool IsArticles(string path) => IsParquet(path) || RowFormats.TryFormatOf(path) is not null;

    /// <summary>Whether a file is CSV that is not compressed, whose rows can be copied as they are.</summary>
    public static bool IsPlainCsv(string path) => !IsParquet(path) && !FileNames.IsGzip(path) && RowFormats.TryFormatOf(path) != RowFormat.JsonLines;

    /// <exception cref="InvalidDataException">The file is not what its name says, or lacks a column.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IArticleReader Open(string path, ArticleColumns columns)
    {
        if (IsParquet(path))
        {
            return new ParquetArticleReader(path, columns);
        }

        Stream stream = FileNames.OpenUnpacked(path);
        try
        {
            return RowFormats.TryFormatOf(path) == RowFormat.JsonLines ? new JsonLinesReader(stream, path, columns) : new ArticleReader(stream, path, columns);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private static bool IsParquet(string path) => path.EndsWith(ParquetExtension, StringComparison.OrdinalIgnoreCase);
}
