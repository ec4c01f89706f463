using System.IO.Compression;
using System.Text;
using FakeNewsOnnx.Articles;
using ZstdSharp;

namespace FakeNewsOnnx.Fuzz;

/// <summary>One JSON array: its rows are those of its elements as lines, and how it comes in from the disk makes no difference.</summary>
internal sealed class JsonArrayTarget : FuzzTarget
{
    private const int MaxFieldBytes = 64;

    public override string Name => "json-array";

    public override int FixedBytes => 1 << 20;

    public override int BytesPerByte => 512;

    public override int MostBytes => 1 << 9;

    public override IEnumerable<byte[]> Seeds => [.. Texts.Select(text => Encoding.UTF8.GetBytes(text))];

    public override IEnumerable<string> Words => [.. new JsonLinesTarget().Words, "[{", "},{", "}]", " ]", "NaN", "Infinity"];

    private static string[] Texts =>
    [
        "[{\"title\":\"a\",\"content\":\"b\"},{\"title\":null,\"content\":\"\\u00e9\",\"classification\":1}]",
        "\ufeff[\r\n  {\r\n \"content\" : \"x]},{\" ,\n \"other\" : [ {} , 1.5e3 ] }\n, 1, \"s\" ,[{}], null ]\n",
        "[{\"content\":NaN}]", "[]",
    ];

    protected override object Parse(byte[] input) => Read(new MemoryStream(input));

    protected override void Verify(byte[] input, object parsed)
    {
        var rows = (List<ArticleRow>)parsed;
        byte[] lines = [.. rows.SelectMany(row => (byte[])[.. row.Bytes.Span, .. row.LineEnd.Span])];
        BrokenPromiseException.Unless(rows.All(row => row.Bytes.Span.IndexOfAny("\r\n"u8) < 0), "a row is not on one line");
        BrokenPromiseException.Unless(rows.All(row => IsFit(row.Error ?? "")), "an error is not one short line");
        using var reader = new JsonLinesReader(new MemoryStream(lines), "file", maxFieldBytes: MaxFieldBytes);
        BrokenPromiseException.Unless(reader.ReadRows().Select(row => (row.Article, row.Label, row.Error)).SequenceEqual(rows.Select(row => (row.Article, row.Label, row.Error))), "as lines it has other rows");
        if (input.Length % 8 == 1)
        {
            BrokenPromiseException.Unless(
                Read(new PiecesStream(input, 1 + (input.Length % 7))).Select(row => (row.Line, row.Offset, row.Bytes.Length, row.Article, row.Error)).SequenceEqual(rows.Select(row => (row.Line, row.Offset, row.Bytes.Length, row.Article, row.Error))),
                "in small pieces it gives other rows");
        }
    }

    private static List<ArticleRow> Read(Stream stream)
    {
        using var reader = new JsonArrayReader(stream, "file", maxFieldBytes: MaxFieldBytes);
        return [.. reader.ReadRows()];
    }
}

/// <summary>A file as it is opened: compression and encoding. All that comes out is UTF-8 if the file was not, and how it comes in makes no difference.</summary>
internal sealed class TextFileTarget : FuzzTarget
{
    private static readonly TextEncoding?[] Encodings = [null, TextEncoding.Utf16, TextEncoding.Utf16BigEndian, TextEncoding.Parse("windows-1252"), TextEncoding.Parse("shift_jis"), TextEncoding.Utf8];

    public override string Name => "text-file";

    public override int FixedBytes => 4 << 20;

    /// <summary>Zstandard and gzip can pack thousands of bytes into one.</summary>
    public override int BytesPerByte => 1 << 20;

    public override int MostBytes => 1 << 9;

    /// <summary>The first byte chooses the encoding, the rest is the file.</summary>
    public override IEnumerable<byte[]> Seeds =>
    [
        [0, .. "title,content\na,b\n"u8],
        [0, .. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("title,content\n\u2603,\ud83d\ude00\n")],
        [0, .. Encoding.BigEndianUnicode.GetBytes("title,content\n")],
        [1, .. Encoding.Unicode.GetBytes("title,content\n")],
        [3, .. "title,content\n"u8, 0x93, 0xE9, 0x94, (byte)'\n'],
        [4, .. "title\n"u8, 0x82, 0xA0],
        [0, .. Gzip("title,content\na,b\n"u8)],
        [0, .. Gzip("a"u8), .. Gzip("b"u8), 0, 0, 0],
        [0, .. Zstandard("title,content\na,b\n"u8)],
        [0, .. "PK\x03\x04"u8],
    ];

    public override IEnumerable<string> Words => ["\ufeff", "\0\0", "PK\x03\x04"];

    protected override object Parse(byte[] input) => input.Length == 0 ? throw new InvalidDataException() : Read(new MemoryStream(input[1..]), input[0]);

    protected override void Verify(byte[] input, object parsed)
    {
        var (bytes, isTranscoded) = ((byte[], bool))parsed;
        BrokenPromiseException.Unless(!isTranscoded || System.Text.Unicode.Utf8.IsValid(bytes), "what comes out is no UTF-8");
        if (input.Length % 8 == 1)
        {
            BrokenPromiseException.Unless(Read(new PiecesStream(input[1..], 1 + (input.Length % 7)), input[0]).Bytes.AsSpan().SequenceEqual(bytes), "in small pieces it gives other bytes");
        }
    }

    private static (byte[] Bytes, bool IsTranscoded) Read(Stream stream, byte encoding)
    {
        bool isTranscoded = false;
        using Stream text = TextFile.Read(stream, "file", Encodings[encoding % Encodings.Length], note => isTranscoded |= note.Contains("UTF-8", StringComparison.Ordinal));
        using var bytes = new MemoryStream();
        text.CopyTo(bytes);
        return (bytes.ToArray(), isTranscoded);
    }

    private static byte[] Gzip(ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }

    private static byte[] Zstandard(ReadOnlySpan<byte> bytes)
    {
        using var compressor = new Compressor();
        return compressor.Wrap(bytes).ToArray();
    }
}
