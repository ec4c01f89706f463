using System.Buffers;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Infer;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Fuzz;

/// <summary>
/// A scored file, cut anywhere and perhaps damaged, beside its input: going on gives the file that an unbroken run gives, or an error. Each row is in
/// exactly one of the shards.
/// </summary>
internal abstract class ScoredTarget : FuzzTarget
{
    /// <summary>What stands before the input: how many shards; where the output is cut, in two bytes; which byte is damaged, in two; with what.</summary>
    private const int ControlBytes = 6;

    protected static readonly string[] Labels = ["fake", "re,\"al"];

    public override int FixedBytes => 1 << 20;

    public override int BytesPerByte => 1024;

    public override int MostBytes => 1 << 9;

    protected abstract byte[][] Examples { get; }

    public override IEnumerable<byte[]> Seeds => Examples.SelectMany((example, i) => (byte[][])[[(byte)(i + 1), 0, (byte)(30 * i), 0, 0, 0, .. example], [3, 0, 60, 0, 50, 1, .. example]]);

    protected override object Parse(byte[] input)
    {
        if (input.Length < ControlBytes)
        {
            throw new InvalidDataException();
        }

        byte[] file = input[ControlBytes..];
        var (format, rows) = Read(file);
        using (format)
        {
            byte[] whole = Write(format.Format, rows, 0, []);
            int cut = ((input[1] << 8) | input[2]) % (whole.Length + 1), damaged = (input[3] << 8) | input[4];
            byte[] partial = whole[..cut];
            if (damaged < cut)
            {
                partial[damaged] ^= input[5];
            }

            bool isDamaged = damaged < cut && input[5] != 0;
            try
            {
                return new Resumed(file, rows, input[0], whole, Resume(format.Format, rows, partial), isDamaged);
            }
            catch (InvalidDataException e) when (!isDamaged)
            {
                throw new BrokenPromiseException($"going on is refused: {e.Message}");
            }
        }
    }

    protected override void Verify(byte[] input, object parsed)
    {
        var (file, rows, shards, whole, resumed, isDamaged) = (Resumed)parsed;
        BrokenPromiseException.Unless(isDamaged || resumed.AsSpan().SequenceEqual(whole), "going on does not give the whole output");
        int count = Math.Max(1, (int)shards);
        foreach (ArticleRow row in rows)
        {
            int parts = Enumerable.Range(1, count).Count(index => new Shard(index, count).Contains(row.Offset, file.Length));
            BrokenPromiseException.Unless(parts == 1, $"the row of line {row.Line} is in {parts} of {count} shards");
        }
    }

    protected abstract (OpenFormat Format, List<ArticleRow> Rows) Read(byte[] file);

    /// <summary>Goes on from a partial output.</summary>
    private static byte[] Resume(ScoredFormat format, List<ArticleRow> rows, byte[] partial)
    {
        var finished = new FinishedRows(new MemoryStream(partial), "partial", format, isWhole: false);
        int done = 0;
        bool hasStart = finished.TrySkipStart();
        while (hasStart && done < rows.Count && finished.TrySkip(rows[done], out _))
        {
            done++;
        }

        return Write(format, rows, done, hasStart ? partial[..(int)finished.Length] : null);
    }

    private static byte[] Write(ScoredFormat format, List<ArticleRow> rows, int from, byte[]? before)
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write(before);
        if (before is null or [])
        {
            format.WriteStart(output);
        }

        foreach (var (i, row) in rows.Index().Skip(from))
        {
            string? error = row.Article is null ? row.Error : string.IsNullOrEmpty(row.Article.Content) ? "no content." : null;
            format.WriteRecord(row, output);
            format.WriteResult(new(new(0, "file", row), error is null ? Result(i) : null, error), output);
        }

        return output.WrittenSpan.ToArray();
    }

    private static Classification Result(int row) => new()
    {
        Label = Labels[row % 2],
        Score = 1f / (row + 1),
        Probabilities = [1f / (row + 1), 1 - (1f / (row + 1))],
        Logits = [0, 0],
        TokenCount = row,
        Truncated = row % 3 == 0,
    };

    /// <summary>A format and the reader that it writes like.</summary>
    protected sealed record OpenFormat(ScoredFormat Format, IDisposable Reader) : IDisposable
    {
        public void Dispose() => Reader.Dispose();
    }

    private sealed record Resumed(byte[] File, List<ArticleRow> Rows, byte Shards, byte[] Whole, byte[] Output, bool IsDamaged);
}

/// <summary>Scored CSV.</summary>
internal sealed class ScoredCsvTarget : ScoredTarget
{
    public override string Name => "scored-csv";

    public override IEnumerable<string> Words => new CsvTarget().Words;

    protected override byte[][] Examples => CsvTarget.Examples;

    protected override (OpenFormat Format, List<ArticleRow> Rows) Read(byte[] file)
    {
        var reader = new CsvArticleReader(new MemoryStream(file), "file", maxFieldBytes: 64);
        var format = new ScoredCsv(reader, isFollowed: false, Labels);
        return (new(format, reader), [.. reader.ReadRows()]);
    }
}

/// <summary>Scored JSON Lines.</summary>
internal sealed class ScoredJsonLinesTarget : ScoredTarget
{
    public override string Name => "scored-jsonl";

    public override IEnumerable<string> Words => [.. new JsonLinesTarget().Words, "\"predicted_label\":", "\"truncated\":"];

    protected override byte[][] Examples => JsonLinesTarget.Examples;

    protected override (OpenFormat Format, List<ArticleRow> Rows) Read(byte[] file)
    {
        var reader = new JsonLinesReader(new MemoryStream(file), "file", maxFieldBytes: 64);
        var format = new ScoredJsonLines(reader.Preamble, Labels);
        return (new(format, reader), [.. reader.ReadRows()]);
    }
}
