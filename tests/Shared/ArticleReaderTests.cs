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
    [TestCase("title,\"content", "in.csv(1): expected a closing quote; found none up to the end of the file. A quote opens in this line and takes in all that follows.")]
    public void Header_ThatCannotBeUsedNamesTheFile(string csv, string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => Open(csv));

        Assert.That(error!.Message, Is.EqualTo(message));
    }

    /// <summary>Names are what people wrote or sent: they come back short, on one line and without what steers a terminal.</summary>
    [Test]
    public void Header_IsEchoedShortAndClean()
    {
        var error = Assert.Throws<InvalidDataException>(() => Open("id,\e[31mhead\u2028line," + new string('x', 1 << 20) + string.Concat(Enumerable.Range(0, 500).Select(i => $",column {i}")) + "\n"));

        Assert.That(error!.Message, Is.EqualTo($"in.csv: expected a column 'title'; found 'id', '\uFFFD[31mhead\uFFFDline', '{new string('x', 59)}…', 'column 0', 'column 1', 'column 2', … (503 in all)."));
    }

    [TestCase("a,b", "expected 3 fields, as in the header; found 2.")]
    [TestCase("a,b,c,d", "expected 3 fields, as in the header; found 4.")]
    [TestCase("\"a\"b,c,d", "expected a comma or a line end after a closing quote; found text in column 1.")]
    [TestCase("a,\"b\"c,d", "expected a comma or a line end after a closing quote; found text in column 2.")]
    [TestCase("a\"b,c,d", "expected quotes around a field that contains a quote, and no space before them; found other text in column 1.")]
    [TestCase("a, \"b\",d", "expected quotes around a field that contains a quote, and no space before them; found other text in column 2.")]
    [TestCase("\"a, \"\"b\"\"\",c,\"d\"x", "expected a comma or a line end after a closing quote; found text in column 3.")]
    [TestCase("a,\"b \\\"c\\\" d\",e", "expected a comma or a line end after a closing quote; found text in column 2.")]
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
        using var reader = new CsvArticleReader(new MemoryStream(csv), "in.csv");
        var rows = reader.ReadRows().ToArray();

        Assert.That(rows.Select(row => row.Error), Is.EqualTo(new[] { null, "expected UTF-8; found the byte 0xFF at byte 1 of the record. It may be windows-1252: --encoding windows-1252 reads that.", null }));
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
        using var reader = new CsvArticleReader(new MemoryStream(csv), "in.csv");
        var rows = reader.ReadRows().ToArray();

        Assert.That(rows.Select(row => row.Error), Is.EqualTo(new[] { $"expected UTF-8; found the byte {found} at byte 3 of the record.{(bytes.Contains((byte)0x90) ? " --encoding names another encoding." : " It may be windows-1252: --encoding windows-1252 reads that.")}", null }));
        Assert.That(rows.Select(row => row.Line), Is.EqualTo(new[] { 2, 4 }));
        Assert.That(rows[0].Bytes.ToArray(), Is.EqualTo((byte[])[.. "\"a\n"u8, .. bytes, .. "\",b,c"u8]));
    }

    [Test]
    public void Header_InBadUtf8NamesTheByte()
    {
        var error = Assert.Throws<InvalidDataException>(() => new CsvArticleReader(new MemoryStream([.. "title,content,caf"u8, 0xE9, .. "\n"u8]), "in.csv"));

        Assert.That(error!.Message, Is.EqualTo("in.csv(1): header: expected UTF-8; found the byte 0xE9 at byte 17 of the record. It may be windows-1252: --encoding windows-1252 reads that."));
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

        var error = Assert.Throws<InvalidDataException>(() => _ = new CsvArticleReader(stream, "in.csv", maxFieldBytes: 10_000));

        Assert.That(error!.Message, Is.EqualTo("in.csv(2): expected a closing quote; found none within 80000 bytes, the most that a record may have. A quote opens in this line."));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(2 << 20));
    }

    [Test]
    public void Rows_AfterAnOpenQuoteAreAnErrorThatNamesItsLine()
    {
        using var reader = Open(Header + "a,b,c\r\n\r\n\"two\nlines\",\"and \"\"more\"\"\n\",\"d,e,f\ng,h,i\n");

        var error = Assert.Throws<InvalidDataException>(() => _ = reader.ReadRows().Count());

        Assert.That(error!.Message, Is.EqualTo("in.csv(6): expected a closing quote; found none up to the end of the file. A quote opens in this line and takes in all that follows."));
    }

    [Test]
    public void Rows_StopWhereAnOpenQuoteSwallowsTooMuch()
    {
        using var reader = Open(Header + "a,b,c\n\"" + new string('d', 1 << 20), maxFieldBytes: 1000);

        var error = Assert.Throws<InvalidDataException>(() => _ = reader.ReadRows().Count());

        Assert.That(error!.Message, Is.EqualTo("in.csv(3): expected a closing quote; found none within 8000 bytes, the most that a record may have. A quote opens in this line."));
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
                var text = new StringBuilder();
                try
                {
                    using var reader = Open(csv);
                    text.Append(Text(reader.HeaderBytes)).Append(Text(reader.HeaderLineEnd));
                    foreach (var row in reader.ReadRows())
                    {
                        text.Append(Text(row.Bytes)).Append(Text(row.LineEnd));
                    }
                }
                catch (InvalidDataException e)
                {
                    Assert.That(e.Message, Does.Contain("expected a closing quote; found none up to the end of the file."));
                    Assert.That(csv, Does.StartWith(text.ToString()));
                    return;
                }

                Assert.That(text.ToString(), Is.EqualTo(csv));
            },
            20_000);

    [Test]
    public void Bytes_OfTheSampleAreKeptAcrossBuffers()
    {
        string path = Repository.PathOf("samples", "horne-adali-2017.csv");
        using var reader = CsvArticleReader.Open(path);
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

    /// <summary>Cut anywhere, a file has the rows that are in it, or is refused: inside quotes.</summary>
    [Test]
    public void Rows_OfACutFileAreThoseInIt_OrAnError()
    {
        const string csv = Header + "a,b,fake\n\"c\nd\",\"e \"\"f\"\"\",real\r\n\n\"\",g,\"fake\"\n";
        for (int cut = Header.Length; cut <= csv.Length; cut++)
        {
            var (records, isInQuotes) = Count(csv[Header.Length..cut]);
            if (isInQuotes)
            {
                Assert.That(() => Read(csv[..cut]), Throws.TypeOf<InvalidDataException>(), $"cut at {cut}");
            }
            else
            {
                Assert.That(Read(csv[..cut]), Has.Length.EqualTo(records), $"cut at {cut}");
            }
        }

        static (int Records, bool IsInQuotes) Count(string text)
        {
            int records = 0;
            bool isInQuotes = false, isInRecord = false;
            foreach (char letter in text)
            {
                isInQuotes ^= letter == '"';
                bool ends = !isInQuotes && (letter is '\r' or '\n');
                records += !ends && !isInRecord ? 1 : 0;
                isInRecord = !ends;
            }

            return (records, isInQuotes);
        }
    }

    private static ArticleRow[] Read(string csv)
    {
        using var reader = Open(csv);
        return [.. reader.ReadRows()];
    }

    private static CsvArticleReader Open(string csv, ArticleColumns? columns = null, int maxFieldBytes = CsvArticleReader.DefaultMaxFieldBytes) =>
        new(new MemoryStream(Encoding.UTF8.GetBytes(csv)), "in.csv", columns, maxFieldBytes);

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
