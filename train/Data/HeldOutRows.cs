using System.Text;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Train.Data;

/// <summary>Writes the articles that were held out.</summary>
internal static class HeldOutRows
{
    /// <summary>
    /// Writes the rows as they stand in their files, if all of these are JSON Lines, or CSV with one header. Rows of Parquet, which are no text, and of mixed files
    /// become CSV of title, content and label, under the names of the columns that they were read from.
    /// </summary>
    /// <param name="examples">The held-out ones.</param>
    /// <param name="columns">The columns that they were read with.</param>
    /// <param name="target">Written whole or not at all.</param>
    public static void Write(IReadOnlyList<Example> examples, ArticleColumns columns, string target) => AtomicFile.Write(target, stream =>
    {
        ILookup<string, long> lines = examples.ToLookup(example => example.Source!, example => example.Line);
        byte[] header = [];
        bool areAsTheyStand = lines.Select(file => HeaderOf(file.Key, columns)).Distinct(StringComparer.Ordinal).ToArray() is [not null];
        if (!areAsTheyStand)
        {
            Write(columns.Title, columns.Content, columns.Label);
        }

        foreach (IGrouping<string, long> file in lines)
        {
            using IArticleReader reader = ArticleFile.Open(file.Key, columns);
            if (areAsTheyStand && header.Length == 0 && reader is ArticleReader csv)
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
    private static string? HeaderOf(string path, ArticleColumns columns)
    {
        using IArticleReader reader = ArticleFile.Open(path, columns);
        return reader switch
        {
            ArticleReader csv => string.Join(',', csv.Header.Select(Quote)),
            JsonLinesReader => "",
            _ => null,
        };
    }

    private static string Quote(string field) => $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
