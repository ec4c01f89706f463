using System.Globalization;
using System.Text;
using FakeNewsOnnx.Data;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Infer;

/// <summary>
/// Writes scored rows: the record's bytes unchanged, then the added columns, then the record's own line end. A record
/// with too few fields gets empty ones and one with an open quote gets a closing one before the added columns, so that
/// these stand under their names.
/// </summary>
internal sealed class ScoredCsvWriter
{
    private static readonly char[] NeedQuotes = [',', '"', '\r', '\n'];

    private readonly Stream _output;
    private readonly int _inputColumns;
    private readonly string _noResult;

    private ScoredCsvWriter(Stream output, int inputColumns, int addedColumns)
    {
        _output = output;
        _inputColumns = inputColumns;
        _noResult = new string(',', addedColumns);
    }

    /// <summary>Writes the header with the names of the added columns.</summary>
    /// <exception cref="InvalidDataException">The input has a column of one of these names.</exception>
    public static ScoredCsvWriter Begin(Stream output, ArticleReader input, IReadOnlyList<string> labels)
    {
        string[] added = ["predicted_label", "score", .. labels.Select(label => $"p_{label}"), "tokens", "truncated", "error"];
        if (added.FirstOrDefault(input.Header.Contains) is { } taken)
        {
            throw new InvalidDataException($"{input.Name}: expected no column '{taken}', which scoring adds; found one. Was the file scored before?");
        }

        output.Write(input.HeaderBytes.Span);
        output.Write(Encoding.UTF8.GetBytes(string.Concat(added.Select(name => "," + Quote(name)))));
        output.Write(input.HeaderLineEnd.Span);
        return new(output, input.Header.Count, added.Length);
    }

    /// <summary>Writes one row.</summary>
    public void Write(ScoredRow scored)
    {
        var row = scored.Row;
        _output.Write(row.Bytes.Span);
        string quote = row.IsQuoteOpen ? "\"" : "";
        string missing = new(',', Math.Max(0, _inputColumns - row.FieldCount));
        _output.Write(Encoding.UTF8.GetBytes(quote + missing + (scored.Result is { } result ? Cells(result) : _noResult + Quote(scored.Error!))));
        _output.Write(row.LineEnd.Span);
    }

    private static string Cells(Classification result)
    {
        var cells = new StringBuilder();
        cells.Append(CultureInfo.InvariantCulture, $",{Quote(result.Label)},{result.Score:R}");
        foreach (float probability in result.Probabilities)
        {
            cells.Append(CultureInfo.InvariantCulture, $",{probability:R}");
        }

        return cells.Append(CultureInfo.InvariantCulture, $",{result.TokenCount},{(result.Truncated ? "true" : "false")},").ToString();
    }

    private static string Quote(string text) => text.IndexOfAny(NeedQuotes) < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
