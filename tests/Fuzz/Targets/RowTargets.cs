using System.IO.Compression;
using System.Text;
using FakeNewsOnnx.Articles;

namespace FakeNewsOnnx.Fuzz;

/// <summary>A file of records: its pieces put together are the file, and how it comes in from the disk makes no difference.</summary>
internal abstract class RowTarget : FuzzTarget
{
    protected const int MaxFieldBytes = 64;

    /// <summary>The readers' buffers, twice, and those of CsvHelper.</summary>
    public override int FixedBytes => 1 << 20;

    public override int BytesPerByte => 512;

    public override int MostBytes => 1 << 9;

    protected override object Parse(byte[] input) => Read(new MemoryStream(input));

    protected override void Verify(byte[] input, object parsed)
    {
        var (start, rows) = (Rows)parsed;
        byte[] together = [.. start, .. rows.SelectMany(row => (byte[])[.. row.Bytes.Span, .. row.LineEnd.Span])];
        BrokenPromiseException.Unless(together.AsSpan().SequenceEqual(input), "the pieces are not the file");
        long offset = start.Length;
        foreach (ArticleRow row in rows)
        {
            BrokenPromiseException.Unless(row.Offset == offset, $"the row of line {row.Line} starts at byte {offset}; found {row.Offset}");
            offset += row.Bytes.Length + row.LineEnd.Length;
            BrokenPromiseException.Unless(row.Article is null == row.Error is not null, $"the row of line {row.Line} has both an article and an error, or neither");
            BrokenPromiseException.Unless(IsFit(row.Error ?? ""), $"the error of the row of line {row.Line} is not one short line: {row.Error}");
        }

        // One time in eight: it takes as long as all the rest.
        if (input.Length % 8 != 1)
        {
            return;
        }

        var inPieces = Read(new PiecesStream(input, 1 + (input.Length % 7)));
        BrokenPromiseException.Unless(
            inPieces.List.Select(row => (row.Line, row.Offset, row.Bytes.Length, row.Article, row.Label, row.Error)).SequenceEqual(rows.Select(row => (row.Line, row.Offset, row.Bytes.Length, row.Article, row.Label, row.Error))),
            "in small pieces it gives other rows");
    }

    protected abstract Rows Read(Stream stream);

    /// <param name="Start">The bytes before the first row.</param>
    /// <param name="List">The rows.</param>
    protected sealed record Rows(byte[] Start, List<ArticleRow> List);
}

/// <summary>CSV.</summary>
internal sealed class CsvTarget : RowTarget
{
    public override string Name => "csv";

    public override IEnumerable<byte[]> Seeds => Examples;

    public override IEnumerable<string> Words => ["\"\"", "\r\n", "\",\"", ",,", "\ufeff", "title,content\n", "\n\n\n"];

    public static byte[][] Examples { get; } =
    [
        [.. "title,content\na,b\n\"line\r\nbreak\",\"\"\"quoted\"\"\"\n"u8],
        [.. "\ufefftitle,content,classification\r\n,,\r\n\r\na,b,fake\r\ntoo,many,cells,here\r\nfew\r\n\"open, quote"u8],
        [.. "content,title\r\"a\"b,c\r\"\",d\xff\r"u8, 0xFF, (byte)'\n'],
    ];

    protected override Rows Read(Stream stream)
    {
        using var reader = new CsvArticleReader(stream, "file", maxFieldBytes: MaxFieldBytes);
        return new([.. reader.HeaderBytes.Span, .. reader.HeaderLineEnd.Span], [.. reader.ReadRows()]);
    }
}

/// <summary>JSON Lines.</summary>
internal sealed class JsonLinesTarget : RowTarget
{
    public override string Name => "jsonl";

    public override IEnumerable<byte[]> Seeds => Examples;

    public override IEnumerable<string> Words => ["\"title\":", "\"content\":", "\"classification\":", "null", "true", "{}", "\\ud800", "\\u0000", "\r\n", "[[[[[[[["];

    public static byte[][] Examples { get; } =
    [
        [.. "{\"title\":\"a\",\"content\":\"b\"}\n{\"title\":null,\"content\":\"\\u00e9\",\"classification\":1}\r\n\n"u8],
        [.. "\ufeff\n{ \"content\" : \"x\" , \"other\" : [ {} , 1.5e3 ] , \"classification\" : \"fake\" } \n not json\n{}\n[]\n{\"title\":1}\n{\"title\":\"\\ud800\"}"u8],
    ];

    protected override Rows Read(Stream stream)
    {
        using var reader = new JsonLinesReader(stream, "file", maxFieldBytes: MaxFieldBytes);
        return new(reader.Preamble.ToArray(), [.. reader.ReadRows()]);
    }
}

/// <summary>Compressed CSV: it has the rows of what was compressed, and the bound is on what is unpacked, a record at a time.</summary>
internal sealed class GzipTarget : FuzzTarget
{
    private const int MaxFieldBytes = 64;

    public override string Name => "gzip";

    public override int FixedBytes => 1 << 20;

    /// <summary>A thousand bytes can be packed into one.</summary>
    public override int BytesPerByte => 1032 * 512;

    public override int MostBytes => 1 << 10;

    public override IEnumerable<byte[]> Seeds => CsvTarget.Examples.Append(Encoding.ASCII.GetBytes("title,content\n" + string.Concat(Enumerable.Repeat("a,b\n", 500)))).Select(Pack);

    protected override object Parse(byte[] input)
    {
        using var reader = new CsvArticleReader(TextFile.Read(new MemoryStream(input), "file.csv.gz"), "file.csv.gz", maxFieldBytes: MaxFieldBytes);
        return reader.ReadRows().Count();
    }

    protected override void Verify(byte[] input, object parsed)
    {
        using var whole = new MemoryStream();
        using Stream unpacked = TextFile.Read(new MemoryStream(input), "file.csv.gz");
        unpacked.CopyTo(whole);
        whole.Position = 0;
        using var reader = new CsvArticleReader(whole, "file.csv", maxFieldBytes: MaxFieldBytes);
        BrokenPromiseException.Unless((int)parsed == reader.ReadRows().Count(), "there are other rows than in the same bytes unpacked");
    }

    private static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }
}
