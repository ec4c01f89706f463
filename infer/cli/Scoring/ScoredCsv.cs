using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Infer;

/// <summary>
/// Scored CSV: the record's bytes unchanged, then the added columns, then the record's own line end. A record with too few
/// fields gets empty ones before the added columns, so that these stand under their names.
/// </summary>
internal sealed class ScoredCsv : ScoredFormat
{
    private readonly CsvArticleReader _input;
    private readonly bool _isFollowed;
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _quotedLabels;

    /// <param name="input">The header's file.</param>
    /// <param name="isFollowed">Whether another file's rows follow this one's.</param>
    /// <param name="labels">The model's labels.</param>
    public ScoredCsv(CsvArticleReader input, bool isFollowed, IReadOnlyList<string> labels)
        : base(labels)
    {
        _input = input;
        _isFollowed = isFollowed;
        _quotedLabels = labels.ToDictionary(label => label, label => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(CsvField.Quote(label)), StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public override void WriteStart(IBufferWriter<byte> output)
    {
        output.Write(_input.HeaderBytes.Span);
        output.Write(Encoding.UTF8.GetBytes(string.Concat(NamesBeside(_input.Header.Contains).Select(name => "," + CsvField.Quote(name)))));
        output.Write(_input.HeaderLineEnd.IsEmpty && _isFollowed ? "\n"u8 : _input.HeaderLineEnd.Span);
    }

    /// <inheritdoc/>
    public override void WriteRecord(ArticleRow row, IBufferWriter<byte> output)
    {
        output.Write(row.Bytes.Span);
        WriteCommas(_input.Header.Count - row.FieldCount, output);
    }

    /// <inheritdoc/>
    public override void WriteResult(ScoredRow scored, IBufferWriter<byte> output)
    {
        if (scored.Result is { } result)
        {
            WriteResult(result, output);
        }
        else
        {
            WriteCommas(AddedNames.Count, output);
            output.Write(Encoding.UTF8.GetBytes(CsvField.Quote(scored.Error!)));
        }

        output.Write(scored.Input.Row.LineEnd.Span);
    }

    /// <inheritdoc/>
    public override bool TryReadResult(ReadOnlySpan<byte> bytes, ArticleRow row, out Outcome outcome, out int length)
    {
        outcome = default;
        length = 0;
        var cells = new string[AddedNames.Count];
        for (int i = 0; i < cells.Length; i++)
        {
            if (length == bytes.Length || bytes[length] != ',')
            {
                return false;
            }

            int cell = CellLength(bytes[(length + 1)..]);
            cells[i] = Encoding.UTF8.GetString(bytes.Slice(length + 1, cell));
            length += 1 + cell;
        }

        if (!bytes[length..].StartsWith(row.LineEnd.Span))
        {
            return false;
        }

        length += row.LineEnd.Length;
        outcome = new(Labels.FirstOrDefault(label => CsvField.Quote(label) == cells[0]), cells[^2] == "true");
        return true;
    }

    /// <summary>The bytes of a cell up to the comma or line break that ends it, or up to the end.</summary>
    private static int CellLength(ReadOnlySpan<byte> bytes)
    {
        bool quoted = false;
        for (int i = 0; i < bytes.Length; i++)
        {
            quoted ^= bytes[i] == '"';
            if (!quoted && bytes[i] is (byte)',' or (byte)'\r' or (byte)'\n')
            {
                return i;
            }
        }

        return bytes.Length;
    }

    private static void WriteCommas(int count, IBufferWriter<byte> output)
    {
        for (int i = 0; i < count; i++)
        {
            output.Write(","u8);
        }
    }

    private void WriteResult(Classification result, IBufferWriter<byte> output)
    {
        Span<byte> cells = stackalloc byte[64];
        output.Write(","u8);
        output.Write(_quotedLabels[result.Label].Span);
        WriteNumber(result.Score, output);
        foreach (float probability in result.Probabilities)
        {
            WriteNumber(probability, output);
        }

        _ = Utf8.TryWrite(cells, CultureInfo.InvariantCulture, $",{result.TokenCount},{(result.Truncated ? "true" : "false")},", out int written);
        output.Write(cells[..written]);
    }

    private static void WriteNumber(float number, IBufferWriter<byte> output)
    {
        Span<byte> cell = stackalloc byte[32];
        _ = Utf8.TryWrite(cell, CultureInfo.InvariantCulture, $",{number:R}", out int written);
        output.Write(cell[..written]);
    }
}
