using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Tests.Hub;
using FakeNewsOnnx.Train.Commands;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Recipes;

namespace FakeNewsOnnx.Tests.Train;

/// <summary>Files as people have them (tests/Fixtures/articles), as training, evaluation and audit read them: rows, accounts, messages.</summary>
internal sealed class WildArticleTests
{
    private TemporaryFolder _folder = null!;
    private CapturedConsole _console = null!;

    [SetUp]
    public void Prepare()
    {
        _folder = new();
        _console = new();
    }

    [TearDown]
    public void CleanUp()
    {
        _console.Dispose();
        _folder.Dispose();
    }

    [TestCase("10b-cr-only.jsonl", null, 40, null)]
    [TestCase("42-not-gzip.csv.gz", null, 6, "read as text that is not compressed, as its first bytes say.")]
    [TestCase("43-gzip-named-csv.csv", null, 60, "read as gzip, as its first bytes say.")]
    [TestCase("51b-array.json", null, 8, "read as one JSON array; all output is JSON Lines, one object a line.")]
    [TestCase("52-array-pretty.jsonl", null, 3, "read as one JSON array; all output is JSON Lines, one object a line.")]
    [TestCase("52b-lines.json", null, 8, null)]
    [TestCase("05b-utf16-bom.jsonl", null, 6, "read as utf-16le; all output is UTF-8.")]
    [TestCase("06-utf16le-no-bom.csv", "utf-16le", 6, "read as utf-16le; all output is UTF-8.")]
    [TestCase("09-windows1252.csv", "cp1252", 12, "read as windows-1252; all output is UTF-8.")]
    public void AFile_IsReadWhole_AndWhatIsOddIsSaidOnce(string name, string? encoding, int rows, string? note)
    {
        var articles = new LabelledArticles([Wild(name)], new Recipe { Encoding = encoding });

        Assert.That(articles.Read().Count(), Is.EqualTo(rows));
        Assert.That(articles.Read().Select(row => row.Line).Distinct().Count(), Is.EqualTo(rows), "each row has a place of its own");

        Assert.That(articles.Account.ToString(), Is.EqualTo($"{rows} rows read = {rows} used + 0 left out"));
        Assert.That(articles.Notes, Is.EqualTo(note is null ? [] : new[] { $"{Wild(name)}: {note}" }));
    }

    [TestCase("41c-truncated-at-row.jsonl.gz", ": the gzip data are cut off: expected more bytes at the end of the file. Get the file again.")]
    [TestCase("45-zipped.csv.zip", ": expected text; found a ZIP archive. Unpack it and give the file inside; save a workbook (.xlsx) as CSV.")]
    [TestCase("06-utf16le-no-bom.csv", "(1): expected UTF-8; found a NUL in every second byte, from byte 1 on. --encoding utf-16le reads it.")]
    [TestCase("09-windows1252.csv", "(5): expected UTF-8; found the byte 0x92 at byte 114 of the record. It may be windows-1252: --encoding windows-1252 reads that.")]
    [TestCase("09c-windows1252.jsonl", "(1): expected UTF-8; found the byte 0x92 at byte 12 of the record. It may be windows-1252: --encoding windows-1252 reads that.")]
    [TestCase("29-quote-in-unquoted.csv", "(8): expected quotes around a field that contains a quote, and no space before them; found other text in column 1.")]
    [TestCase("32-space-before-quote.csv", "(2): expected quotes around a field that contains a quote, and no space before them; found other text in column 2.")]
    [TestCase("53-nan-values.jsonl", "(2): expected a JSON object; found NaN at byte 10 of the record, which is no number in JSON. Write null instead.")]
    [TestCase("85-header-escape.csv", ": expected a column 'title'; found 'id', '\uFFFD[31mheadline\uFFFD[0m', 'body'.")]
    public async Task AFile_ThatCannotBeRead_EndsAnAudit(string name, string message)
    {
        Assert.That(await Audit(Wild(name)), Is.EqualTo(1));

        Assert.That(_console.Error.ToString(), Is.EqualTo($"error: {Wild(name)}{message}{Environment.NewLine}"));
        Assert.That(_console.Out.ToString(), Is.Empty);
    }

    /// <summary>The file has no labels; with some, its open quote takes in all other rows.</summary>
    [Test]
    public async Task AnOpenQuote_IsFound()
    {
        string data = _folder.Write("data.csv", File.ReadAllText(Wild("31c-open-quote-swallows-the-rest.csv")).Replace("\n", ",fake\n", StringComparison.Ordinal).Replace("content,fake", "content,classification", StringComparison.Ordinal));

        Assert.That(await Audit(data), Is.EqualTo(1));

        Assert.That(_console.Error.ToString(), Is.EqualTo($"error: {data}(8): expected a closing quote; found none up to the end of the file. A quote opens in this line and takes in all that follows.{Environment.NewLine}"));
    }

    /// <summary>All rows of such a file once had line 1, and all of them were held out.</summary>
    [TestCase("10b-cr-only.jsonl", 40, "\r")]
    [TestCase("51b-array.json", 8, "\n")]
    [TestCase("52-array-pretty.jsonl", 3, "\n")]
    public void HeldOutRows_AreThoseAlone(string name, int rows, string lineEnd)
    {
        string target = _folder.In("held-out.jsonl");
        LabelledArticle[] all = [.. new LabelledArticles([Wild(name)], new()).Read()], chosen = [.. all.Index().Where(row => row.Index % 3 == 1).Select(row => row.Item)];

        HeldOutRows.Write([.. chosen.Select(row => new Example(null!, default, row))], new(), null, target);

        Assert.That(all, Has.Length.EqualTo(rows));
        Assert.That(new LabelledArticles([target], new()).Read().Select(row => row.Article), Is.EqualTo(chosen.Select(row => row.Article)));
        Assert.That(File.ReadAllText(target).Split(lineEnd), Has.Length.EqualTo(chosen.Length + 1));
    }

    [Test]
    public void HeldOutRows_OfAnotherEncoding_BecomeUtf8()
    {
        string target = _folder.In("held-out.csv");
        LabelledArticle row = new LabelledArticles([Wild("09-windows1252.csv")], new Recipe { Encoding = "windows-1252" }).Read().First(row => row.Line == 5);

        HeldOutRows.Write([new Example(null!, default, row)], new(), TextEncoding.Parse("windows-1252"), target);

        Assert.That(new LabelledArticles([target], new()).Read().Single().Article, Is.EqualTo(row.Article));
        Assert.That(row.Article.Content, Does.Contain("’"));
    }

    [TestCase("csv")]
    [TestCase("jsonl")]
    public void TheAccount_AddsUp(string format)
    {
        (string Title, string Content, string Label)[] rows =
            [("a", "b", "fake"), ("a", "b", " "), ("a", "b", ""), ("a", " \t", "real"), ("a", "", ""), (" ", "b", "real"), ("", "b", "fake"), ("a", "b", "satire"), ("", "", "satire"), ("c", "d", "real")];
        string file = _folder.Write($"data.{format}", format == "csv"
            ? "title,content,classification\n" + string.Concat(rows.Select(row => $"{row.Title},{row.Content},{row.Label}\n"))
            : string.Concat(rows.Select(row => $"{{\"title\":\"{row.Title}\",\"content\":\"{row.Content.Replace("\t", "\\t", StringComparison.Ordinal)}\",\"classification\":\"{row.Label}\"}}\n")));
        var articles = new LabelledArticles([file], new Recipe { IgnoreLabels = ["satire"] });

        Assert.That(articles.Read().Count(), Is.EqualTo(2));

        Assert.That(articles.Account.ToString(), Is.EqualTo("10 rows read = 2 used + 8 left out (2 empty label, 2 blank content, 2 missing title, 2 ignored label)"));
    }

    [Test]
    public async Task Audit_GivesTheAccount()
    {
        string data = _folder.Write("data.csv", "title,content,classification\na,one text,fake\nb,another one,real\nc,,fake\nd,label,\n");

        Assert.That(await Audit(data, "--json"), Is.Zero, _console.Error.ToString());
        JsonNode json = JsonNode.Parse(_console.Out.ToString())!;
        _console.Out.GetStringBuilder().Clear();
        Assert.That(await Audit(data), Is.Zero);

        Assert.That(json["rows"]!.ToJsonString(), Is.EqualTo("""{"read":4,"used":2,"left_out":{"empty_label":1,"blank_content":1}}"""));
        Assert.That(_console.Out.ToString().Split(Environment.NewLine)[1], Is.EqualTo("4 rows read = 2 used + 2 left out (1 empty label, 1 blank content)"));
    }

    [Test]
    public async Task WriteClean_OfAnotherEncoding_IsUtf8()
    {
        string clean = _folder.In("clean.csv");

        Assert.That(await Audit(Wild("09-windows1252.csv"), "--encoding", "windows-1252", "--write-clean", clean), Is.Zero, _console.Error.ToString());

        Assert.That(File.ReadAllText(clean, new UTF8Encoding(false, true)), Does.StartWith("title,content,classification\n").And.Contain("The council approved a wooden bridge (0)"));
        Assert.That(_console.Error.ToString(), Is.EqualTo($"note: {Wild("09-windows1252.csv")}: read as windows-1252; all output is UTF-8.{Environment.NewLine}"));
    }

    [Test]
    public async Task AnEncoding_ThatIsNone_IsBadUsage()
    {
        Assert.That(await Audit(Wild("09-windows1252.csv"), "--encoding", "klingon"), Is.EqualTo(2));

        Assert.That(_console.Error.ToString(), Does.StartWith("error: --encoding must be a name such as "));
    }

    [Test]
    public void Parquet_CutAnywhere_IsAnError()
    {
        byte[] whole = File.ReadAllBytes(ParquetFile.Write(_folder.In("whole.parquet"), [("a", "b", "fake"), ("c", null, "real")]));
        string file = _folder.In("cut.parquet");
        for (int cut = 0; cut < whole.Length; cut++)
        {
            File.WriteAllBytes(file, whole[..cut]);
            Assert.That(() => new LabelledArticles([file], new()).Read().Count(), Throws.TypeOf<InvalidDataException>(), $"cut at {cut}");
        }

        Assert.That(new LabelledArticles([_folder.In("whole.parquet")], new()).Read().Count(), Is.EqualTo(1));
    }

    private static string Wild(string name) => Repository.PathOf("tests", "Fixtures", "articles", name);

    private static Task<int> Audit(params string[] args) => ProgramHost.RunAsync(new RootCommand { new AuditCommand() }, ["audit", .. args]);
}
