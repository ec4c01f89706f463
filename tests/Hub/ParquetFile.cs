using ParquetSharp;

namespace FakeNewsOnnx.Tests.Hub;

/// <summary>Writes Parquet files of articles, as Hugging Face datasets does: nullable columns, Snappy.</summary>
internal static class ParquetFile
{
    public static string Write(string path, IEnumerable<(string? Title, string? Content, string? Label)> rows, int rowGroup = 1000)
    {
        using var file = new ParquetFileWriter(path, [new Column<string?>("title"), new Column<string?>("content"), new Column<string?>("classification")], Compression.Snappy);
        foreach ((string? Title, string? Content, string? Label)[] group in rows.Chunk(rowGroup))
        {
            using RowGroupWriter writer = file.AppendRowGroup();
            Write(writer, group, row => row.Title);
            Write(writer, group, row => row.Content);
            Write(writer, group, row => row.Label);
        }

        file.Close();
        return path;
    }

    /// <summary>A file whose labels are numbers, with the metadata in which Hugging Face datasets says what they mean.</summary>
    public static string WriteNumbered(string path, IReadOnlyList<(string Title, string Content, long Label)> rows, string? labelNames)
    {
        var metadata = new Dictionary<string, string>();
        if (labelNames is not null)
        {
            metadata["huggingface"] = """{"info":{"features":{"classification":{"_type":"ClassLabel","names":NAMES}}}}""".Replace("NAMES", labelNames, StringComparison.Ordinal);
        }

        using var file = new ParquetFileWriter(path, [new Column<string>("title"), new Column<string>("content"), new Column<long>("classification")], Compression.Snappy, metadata);
        using (RowGroupWriter writer = file.AppendRowGroup())
        {
            (string Title, string Content, long Label)[] group = [.. rows];
            Write(writer, group, row => row.Title);
            Write(writer, group, row => row.Content);
            Write(writer, group, row => row.Label);
        }

        file.Close();
        return path;
    }

    private static void Write<TRow, TValue>(RowGroupWriter writer, TRow[] rows, Func<TRow, TValue> value)
    {
        using LogicalColumnWriter<TValue> column = writer.NextColumn().LogicalWriter<TValue>();
        column.WriteBatch(Array.ConvertAll(rows, row => value(row)));
    }
}
