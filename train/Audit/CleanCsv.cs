using System.Buffers;
using System.Text;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Train.Audit;

/// <summary>What cleaning changed, in rows.</summary>
internal sealed record CleanCounts(int Kept, int Copies, int Contradictions, int Emptied, IReadOnlyDictionary<CleanedTraits, int> Changed);

/// <summary>Writes a CSV file without what an audit found. Other columns, and rows that need no change, keep their bytes.</summary>
internal static class CleanCsv
{
    /// <summary>Writes the cleaned rows.</summary>
    /// <param name="path">The audited file.</param>
    /// <param name="columns">The columns that it was read with.</param>
    /// <param name="encoding">The encoding that it was read with; the rows are written in UTF-8.</param>
    /// <param name="cleaner">Cleans titles and contents.</param>
    /// <param name="dropped">The lines of the records that are left out, and whether each contradicts the label of another.</param>
    /// <param name="target">Written whole or not at all.</param>
    public static CleanCounts Write(string path, ArticleColumns columns, TextEncoding? encoding, ArticleCleaner cleaner, IReadOnlyDictionary<long, bool> dropped, string target)
    {
        var changed = Enum.GetValues<CleanedTraits>().Where(trait => trait != CleanedTraits.None).ToDictionary(trait => trait, _ => 0);
        int kept = 0, emptied = 0;
        using var reader = (CsvArticleReader)RowFormats.OpenReader(TextFile.Open(path, encoding), path, RowFormat.Csv, columns);
        int titleColumn = reader.Header.ToList().IndexOf(columns.Title), contentColumn = reader.Header.ToList().IndexOf(columns.Content);
        AtomicFile.Write(target, stream =>
        {
            stream.Write(reader.HeaderBytes.Span);
            stream.Write(reader.HeaderLineEnd.Span);
            foreach (ArticleRow row in reader.ReadValidRows().Where(row => !dropped.ContainsKey(row.Line)))
            {
                ReadOnlyMemory<byte> bytes = row.Bytes;
                if (row.Article is { Title: not null, Content: not null } article)
                {
                    var (cleaned, traits) = cleaner.Clean(article);
                    if (string.IsNullOrWhiteSpace(cleaned.Content))
                    {
                        emptied++;
                        continue;
                    }

                    foreach (CleanedTraits trait in changed.Keys.Where(trait => traits.HasFlag(trait)))
                    {
                        changed[trait]++;
                    }

                    bytes = traits == CleanedTraits.None ? bytes : Replace(bytes, (titleColumn, article.Title, cleaned.Title!), (contentColumn, article.Content, cleaned.Content));
                }

                kept++;
                stream.Write(bytes.Span);
                stream.Write(row.LineEnd.Span);
            }
        });
        return new(kept, dropped.Values.Count(contradicts => !contradicts), dropped.Values.Count(contradicts => contradicts), emptied, changed);
    }

    /// <summary>A record with other texts in some of its fields, where they differ.</summary>
    internal static byte[] Replace(ReadOnlyMemory<byte> record, params ReadOnlySpan<(int Column, string Before, string After)> fields)
    {
        var output = new ArrayBufferWriter<byte>(record.Length);
        foreach (var (column, field) in FieldsOf(record.Span).Index())
        {
            string? text = null;
            foreach (var (place, before, after) in fields)
            {
                text = place == column && before != after ? after : text;
            }

            output.Write(column == 0 ? ""u8 : ","u8);
            output.Write(text is null ? record.Span[field] : Encoding.UTF8.GetBytes(CsvField.Quote(text)));
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>The place of each field in a well-formed record, with its quotes.</summary>
    private static List<Range> FieldsOf(ReadOnlySpan<byte> record)
    {
        var fields = new List<Range>();
        int start = 0;
        bool quoted = false;
        for (int i = 0; i < record.Length; i++)
        {
            quoted ^= record[i] == '"';
            if (record[i] == ',' && !quoted)
            {
                fields.Add(start..i);
                start = i + 1;
            }
        }

        fields.Add(start..record.Length);
        return fields;
    }
}
