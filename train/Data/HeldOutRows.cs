using System.Text;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Train.Data;

/// <summary>Writes the articles that were held out.</summary>
internal static class HeldOutRows
{
    /// <summary>
    /// Writes the rows as they stand in their files, in UTF-8, if all of these are JSON, or CSV with one header. Rows of Parquet, which are no text, and of mixed files
    /// become CSV of title, content and label, under the names of the columns that they were read from.
    /// </summary>
    /// <param name="examples">The held-out ones.</param>
    /// <param name="columns">The columns that they were read with.</param>
    /// <param name="encoding">The encoding that they were read with.</param>
    /// <param name="target">Written whole or not at all.</param>
    public static void Write(IReadOnlyList<Example> examples, ArticleColumns columns, TextEncoding? encoding, string target) => AtomicFile.Write(target, stream =>
    {
        ILookup<string, long> lines = examples.ToLookup(example => example.Source!, example => example.Line);
        byte[] header = [];
        bool areAsTheyStand = lines.Select(file => HeaderOf(file.Key, columns, encoding)).Distinct(StringComparer.Ordinal).ToArray() is [not null];
        if (!areAsTheyStand)
        {
            Write(columns.Title, columns.Content, columns.Label);
        }

        foreach (IGrouping<string, long> file in lines)
        {
            using IArticleReader reader = ArticleFile.Open(file.Key, columns, encoding);
            if (areAsTheyStand && header.Length == 0 && reader is CsvArticleReader csv)
            {
                header = [.. csv.HeaderBytes.Span, .. csv.HeaderLineEnd.Span];
                stream.Write(header);
            }

            HashSet<long> wanted = [.. file];
            foreach (ArticleRow row in reader.ReadValidRows().Where(row => wanted.Contains(row.Line)))
            {
                if (areAsTheyStand)
                {
                    stream.Write(row.Bytes.Span);
                    stream.Write(row.LineEnd.IsEmpty ? "\n"u8 : row.LineEnd.Span);
                }
                else
                {
                    Write(row.Article!.Title!, row.Article.Content!, row.Label!);
                }
            }
        }

        void Write(params ReadOnlySpan<string> fields) => stream.Write(Encoding.UTF8.GetBytes(string.Join(',', fields.ToArray().Select(Quote)) + "\n"));
    });

    /// <summary>What must be the same in all files for their rows to go to one; null for files whose rows are no text.</summary>
    private static string? HeaderOf(string path, ArticleColumns columns, TextEncoding? encoding)
    {
        using IArticleReader reader = ArticleFile.Open(path, columns, encoding);
        return reader switch
        {
            CsvArticleReader csv => string.Join(',', csv.Header.Select(Quote)),
            JsonLinesReader or JsonArrayReader => "",
            _ => null,
        };
    }

    private static string Quote(string field) => $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
