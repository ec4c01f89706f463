using System.Text;
using CsCheck;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Tests.Shared;

internal sealed class ArticleReaderTests
{
    private const string Header = "title,content,classification\n";

    [Test]
    public void Rows_HaveLinesArticlesAndLabels()
    {
        var rows = Read(Header + "Bridge,Approved.,real\n\"Two\nlines\",\"He said \"\"no\"\", twice\",fake\nLast,Row,real");

        Assert.That(rows.Select(row => row.Line), Is.EqualTo(new[] { 2, 3, 5 }));
        Assert.That(rows.Select(row => row.Article), Is.EqualTo(new[]
        {
            new Article("Bridge", "Approved."), new Article("Two\nlines", "He said \"no\", twice"), new Article("Last", "Row"),
        }));
        Assert.That(rows.Select(row => row.Label), Is.EqualTo(new[] { "real", "fake", "real" }));
        Assert.That(rows.Select(row => row.Error), Is.All.Null);
    }

    [Test]
    public void Rows_KeepTheirBytesAndLineEnds()
    {
        var rows = Read(Header + "a,\"b\r\n\",c\r\nd,e,f\n\n\r\ng,h,i");

        Assert.That(rows.Select(row => Text(row.Bytes)), Is.EqualTo(new[] { "a,\"b\r\n\",c", "d,e,f", "g,h,i" }));
        Assert.That(rows.Select(row => Text(row.LineEnd)), Is.EqualTo(new[] { "\r\n", "\n\n\r\n", "" }));
    }

    [Test]
    public void Header_KeepsItsByteOrderMark()
    {
        using var reader = Open("\uFEFFtitle,content\r\na,b\r\n");

        Assert.That(reader.Header, Is.EqualTo(new[] { "title", "content" }));
        Assert.That(Text(reader.HeaderBytes), Is.EqualTo("\uFEFFtitle,content"));
        Assert.That(Text(reader.HeaderLineEnd), Is.EqualTo("\r\n"));
        Assert.That(reader.HasLabels, Is.False);
        Assert.That(reader.ReadRows().Single().Article, Is.EqualTo(new Article("a", "b")));
    }

    [Test]
    public void Rows_WithEmptyFieldsHaveMissingOnes()
    {
        var row = Read(Header + ",\"\",\n").Single();

        Assert.That(row.Article, Is.EqualTo(new Article(null, null)));
        Assert.That(row.Label, Is.Null);
        Assert.That(row.Error, Is.Null);
    }

    [Test]
    public void Rows_KeepNulBytes() => Assert.That(Read(Header + "a\0b,c,d\n").Single().Article!.Title, Is.EqualTo("a\0b"));

    [Test]
    public void Columns_AreFoundByTheirNames()
    {
        using var reader = Open("body,headline,label\nb,a,real\n", ArticleColumns.Parse(["title=headline", "content=body", "label=label"]));
        var row = reader.ReadRows().Single();

        Assert.That(row.Article, Is.EqualTo(new Article("a", "b")));
        Assert.That(row.Label, Is.EqualTo("real"));
    }

    [TestCase("headline")]
    [TestCase("author=x")]
    [TestCase("title=")]
    public void Columns_OfAnotherFormAreBadUsage(string mapping)
    {
        var error = Assert.Throws<UsageException>(() => ArticleColumns.Parse([mapping]));

        Assert.That(error!.Message, Is.EqualTo($"--column must be title=NAME, content=NAME or label=NAME; found '{mapping}'."));
    }

    [TestCase("", "in.csv: expected a header and records; found an empty file.")]
    [TestCase("\uFEFF", "in.csv: expected a header and records; found an empty file.")]
    [TestCase("headline,body\n", "in.csv: expected a column 'title'; found 'headline', 'body'.")]
    [TestCase("title,text\n", "in.csv: expected a column 'content'; found 'title', 'text'.")]
    [TestCase("title,content,title\n", "in.csv: expected one column 'title'; the header has 2.")]
    [TestCase("title,\"content", "in.csv(1): header: a quoted field is never closed.")]
    public void Header_ThatCannotBeUsedNamesTheFile(string csv, string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => Open(csv));

        Assert.That(error!.Message, Is.EqualTo(message));
    }

    [Test]
    public void Header_InUtf16IsAnError()
    {
        var error = Assert.Throws<InvalidDataException>(() =>
            new ArticleReader(new MemoryStream([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Header)]), "in.csv"));

        Assert.That(error!.Message, Is.EqualTo("in.csv(1): expected UTF-8; found a UTF-16 or UTF-32 byte order mark."));
    }

    [TestCase("a,b", "expected 3 fields, as in the header; found 2.")]
    [TestCase("a,b,c,d", "expected 3 fields, as in the header; found 4.")]
    [TestCase("\"a\"b,c,d", "expected a comma or a line end after a closing quote; found text.")]
    [TestCase("a\"b,c,d", "expected quotes around a field that contains a quote; found none.")]
    [TestCase("a,123456789012345678901,d", "expected fields of at most 20 bytes; found 21 in column 2.")]
    public void Rows_ThatCannotBeReadKeepTheirPlace(string record, string error)
    {
        using var reader = Open(Header + "good,row,fake\n" + record + "\ngood,row,fake\n", maxFieldBytes: 20);
        var rows = reader.ReadRows().ToArray();

        Assert.That(rows.Select(row => row.Error), Is.EqualTo(new[] { null, error, null }));
        Assert.That(rows[1].Article, Is.Null);
        Assert.That(Text(rows[1].Bytes), Is.EqualTo(record));
        Assert.That(Text(rows[1].LineEnd), Is.EqualTo("\n"));
    }

    [Test]
    public void Rows_WithBadUtf8NameTheByte()
    {
        byte[] csv = [.. Encoding.UTF8.GetBytes(Header + "a,b,c\n"), (byte)'x', 0xFF, .. ",b,c\nd,e,f\n"u8];
        using var reader = new ArticleReader(new MemoryStream(csv), "in.csv");
        var rows = reader.ReadRows().ToArray();

        Assert.That(rows.Select(row => row.Error), Is.EqualTo(new[] { null, "expected UTF-8; found the byte 0xFF at byte 1 of the record.", null }));
        Assert.That(rows[1].Line, Is.EqualTo(3));
    }

    [TestCase(new byte[] { 0xC0, 0x80 }, "0xC0", TestName = "Rows_AreStrictAboutUtf8(overlong NUL)")]
    [TestCase(new byte[] { 0xED, 0xA0, 0x80 }, "0xED", TestName = "Rows_AreStrictAboutUtf8(surrogate)")]
    [TestCase(new byte[] { 0xF4, 0x90, 0x80, 0x80 }, "0xF4", TestName = "Rows_AreStrictAboutUtf8(above U+10FFFF)")]
    [TestCase(new byte[] { 0xE2, 0x82 }, "0xE2", TestName = "Rows_AreStrictAboutUtf8(cut short)")]
    [TestCase(new byte[] { 0xE9 }, "0xE9", TestName = "Rows_AreStrictAboutUtf8(Latin-1)")]
    public void Rows_AreStrictAboutUtf8(byte[] bytes, string found)
    {
        byte[] csv = [.. Encoding.UTF8.GetBytes(Header + "\"a\n"), .. bytes, .. "\",b,c\nd,e,f\n"u8];
        using var reader = new ArticleReader(new MemoryStream(csv), "in.csv");
        var rows = reader.ReadRows().ToArray();

        Assert.That(rows.Select(row => row.Error), Is.EqualTo(new[] { $"expected UTF-8; found the byte {found} at byte 3 of the record.", null }));
        Assert.That(rows.Select(row => row.Line), Is.EqualTo(new[] { 2, 4 }));
        Assert.That(rows[0].Bytes.ToArray(), Is.EqualTo((byte[])[.. "\"a\n"u8, .. bytes, .. "\",b,c"u8]));
    }

    [Test]
    public void Header_InBadUtf8NamesTheByte()
    {
        var error = Assert.Throws<InvalidDataException>(() => new ArticleReader(new MemoryStream([.. "title,content,caf"u8, 0xE9, .. "\n"u8]), "in.csv"));

        Assert.That(error!.Message, Is.EqualTo("in.csv(1): header: expected UTF-8; found the byte 0xE9 at byte 17 of the record."));
    }

    [Test]
    public void Errors_NameTheLineAfterCrLfAndQuotedNewlines()
    {
        using var reader = Open("\uFEFF\"title\",content,classification\r\n\"a\r\na\",\"b\n\nb\",c\r\n\r\nd,e\r\n");

        var error = Assert.Throws<InvalidDataException>(() => _ = reader.ReadValidRows().Count());

        Assert.That(error!.Message, Is.EqualTo("in.csv(7): expected 3 fields, as in the header; found 2."));
    }

    [Test]
    public void Fields_MayBeAsLongAsTheLimit()
    {
        using var reader = Open(Header + new string('é', 10) + ",b,c\n", maxFieldBytes: 20);

        Assert.That(reader.ReadValidRows().Single().Article!.Title, Has.Length.EqualTo(10));
    }

    [Test]
    public void Rows_AfterAnOpenQuoteTakeNoMoreMemoryThanARecordMay()
    {
        using var stream = new MemoryStream([.. Encoding.UTF8.GetBytes(Header + "\""), .. Enumerable.Repeat((byte)'d', 32 << 20)]);
        long before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.Throws<InvalidDataException>(() => _ = new ArticleReader(stream, "in.csv", maxFieldBytes: 10_000));

        Assert.That(error!.Message, Is.EqualTo("in.csv(2): expected a record of at most 80000 bytes; found a longer one. Is a quote left open?"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(2 << 20));
    }

    [Test]
    public void Rows_AfterAnOpenQuoteAreOneRowWithAnError()
    {
        var rows = Read(Header + "a,b,c\n\"d,e,f\ng,h,i\n");

        Assert.That(rows.Select(row => row.Error), Is.EqualTo(new[] { null, "a quoted field is never closed." }));
        Assert.That(Text(rows[1].Bytes), Is.EqualTo("\"d,e,f\ng,h,i\n"));
    }

    [Test]
    public void Rows_StopWhereAnOpenQuoteSwallowsTooMuch()
    {
        using var reader = Open(Header + "a,b,c\n\"" + new string('d', 1 << 20), maxFieldBytes: 1000);

        var error = Assert.Throws<InvalidDataException>(() => _ = reader.ReadRows().Count());

        Assert.That(error!.Message, Is.EqualTo("in.csv(3): expected a record of at most 8000 bytes; found a longer one. Is a quote left open?"));
    }

    [Test]
    public void ValidRows_AreAllOrAnException()
    {
        using var good = Open(Header + "a,b,c\n");
        using var bad = Open(Header + "a,b,c\nd,e\n");

        Assert.That(good.ReadValidRows().Count(), Is.EqualTo(1));
        var error = Assert.Throws<InvalidDataException>(() => _ = bad.ReadValidRows().Count());
        Assert.That(error!.Message, Is.EqualTo("in.csv(3): expected 3 fields, as in the header; found 2."));
    }

    [Test]
    public void Bytes_OfHeaderAndRowsAreTheFilesBytes() =>
        Gen.OneOf("a", "b,", ",", "\"", "\"\"", "\n", "\r\n", "\r", "é", " ", "x,y,z\n", "\"q\n\",r,s\r\n").Array[0, 60].Select(string.Concat).Check(
            rest =>
            {
                string csv = Header + rest;
                using var reader = Open(csv);
                var text = new StringBuilder(Text(reader.HeaderBytes)).Append(Text(reader.HeaderLineEnd));
                foreach (var row in reader.ReadRows())
                {
                    text.Append(Text(row.Bytes)).Append(Text(row.LineEnd));
                }

                Assert.That(text.ToString(), Is.EqualTo(csv));
            },
            20_000);

    [Test]
    public void Bytes_OfTheSampleAreKeptAcrossBuffers()
    {
        string path = Repository.PathOf("samples", "horne-adali-2017.csv");
        using var reader = ArticleReader.Open(path);
        using var bytes = new MemoryStream();
        bytes.Write(reader.HeaderBytes.Span);
        bytes.Write(reader.HeaderLineEnd.Span);
        int rows = 0;
        foreach (var row in reader.ReadValidRows())
        {
            rows++;
            bytes.Write(row.Bytes.Span);
            bytes.Write(row.LineEnd.Span);
        }

        Assert.That(rows, Is.EqualTo(326));
        Assert.That(bytes.ToArray(), Is.EqualTo(File.ReadAllBytes(path)));
    }

    private static ArticleRow[] Read(string csv)
    {
        using var reader = Open(csv);
        return [.. reader.ReadRows()];
    }

    private static ArticleReader Open(string csv, ArticleColumns? columns = null, int maxFieldBytes = ArticleReader.DefaultMaxFieldBytes) =>
        new(new MemoryStream(Encoding.UTF8.GetBytes(csv)), "in.csv", columns, maxFieldBytes);

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
