using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Train.Audit;
using FakeNewsOnnx.Train.Commands;

namespace FakeNewsOnnx.Tests.Train.Audit;

/// <summary><c>train audit</c> as its user sees it: files, standard output and error, exit codes.</summary>
internal sealed class AuditCommandTests
{
    private static readonly string[] Removed = ["datelines", "image_credits", "quote_styles", "boilerplate", "duplicates_within_splits", "duplicates_across_splits", "duplicates_across_labels"];

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

    [Test]
    public async Task WriteClean_RemovesWhatTheAuditFinds()
    {
        AuditedArticle[] planted = AuditSample.Articles.Change(AuditSample.Real, (content, i) => $"{AuditSample.Dateline(i)}{content}\nPhoto by Jane Doe/Getty Images\nSign up for our daily newsletter!");
        string data = _folder.Write("data.csv", ToCsv([.. planted, .. planted.Take(9), .. planted.Skip(40).Take(5).Select(row => row with { Label = 1 - row.Label })]));
        string other = _folder.Write("other.csv", ToCsv([.. planted.Skip(60).Take(7)])), clean = _folder.In("clean.csv");

        Assert.That(await Audit(data, "--against", other, "--write-clean", clean, "--json"), Is.Zero, _console.Error.ToString());
        string[] before = TakeIds();
        Assert.That(await Audit(clean, "--against", other, "--json"), Is.Zero, _console.Error.ToString());
        string[] after = TakeIds();

        Assert.That(Removed, Is.SubsetOf(before));
        Assert.That(after.Intersect(Removed), Is.Empty);
        Assert.That(_console.Error.ToString(), Does.Match(@"clean\.csv: \d+ rows; left out 1\d copies, 10 with contradicting labels, 0 of which nothing was left; changed quotes in \d+, datelines in 1\d\d, image credits in 1\d\d, boiler-plate in 1\d\d"));
    }

    [Test]
    public async Task WriteClean_LeavesEverythingElseAsItIs()
    {
        string data = _folder.Write("data.csv", "\uFEFFid,title,content,\"classification\",note\r\n"
            + "1,Plain title,Plain content here,fake,\"as, it \"\"is\"\"\"\r\n"
            + "\"2\",“Quoted”,\"LONDON (Reuters) - It’s, well, new.\r\nPhoto by A. B./Getty Images\",real,’\n"
            + "3,Plain title,plain CONTENT here!,fake,\n"
            + "4,A title,Is this real?,real,\n5,A title,Is this real?,fake,\n"
            + "6,No content,,fake,’\n"
            + "7,Satire’s title,Funny – it’s not,satire,x");
        string clean = _folder.In("clean.csv");

        Assert.That(await Audit(data, "--write-clean", clean), Is.Zero, _console.Error.ToString());

        Assert.That(File.ReadAllBytes(clean), Is.EqualTo(Encoding.UTF8.GetBytes("\uFEFFid,title,content,\"classification\",note\r\n"
            + "1,Plain title,Plain content here,fake,\"as, it \"\"is\"\"\"\r\n"
            + "\"2\",\"\"\"Quoted\"\"\",\"It's, well, new.\r\n\",real,’\n"
            + "6,No content,,fake,’\n"
            + "7,Satire's title,Funny – it's not,satire,x")));
        Assert.That(_console.Out.ToString(), Does.Contain("4 rows; left out 1 copies, 2 with contradicting labels, 0 of which nothing was left; changed quotes in 2, datelines in 1, image credits in 1, boiler-plate in 0"));
    }

    [Test]
    public async Task WriteClean_KeepsAFileThatExists()
    {
        string data = _folder.Write("data.csv", "title,content,classification\na,b,fake\nc,d,real\n"), clean = _folder.Write("clean.csv", "mine");

        Assert.That(await Audit(data, "--write-clean", clean), Is.EqualTo(1));
        Assert.That(_console.Error.ToString().Trim(), Is.EqualTo($"error: {clean}: the file exists; --force replaces it."));
        Assert.That(File.ReadAllText(clean), Is.EqualTo("mine"));

        Assert.That(await Audit(data, "--write-clean", clean, "--force"), Is.Zero);
        Assert.That(File.ReadAllText(clean), Is.EqualTo("title,content,classification\na,b,fake\nc,d,real\n"));
    }

    [TestCase("data.jsonl")]
    [TestCase("data.csv.gz")]
    [TestCase("data.parquet")]
    public async Task WriteClean_OfAnythingButCsv_IsRefusedBeforeTheAudit(string name)
    {
        Assert.That(await Audit(name, "--write-clean", _folder.In("clean.csv")), Is.EqualTo(2));
        Assert.That(_console.Error.ToString().Trim(), Is.EqualTo($"error: --write-clean keeps a CSV file's rows byte for byte, so FILE must be CSV that is not compressed; found {name}."));
    }

    [Test]
    public async Task Audit_PrintsArticlesAsTheyAre()
    {
        string data = _folder.Write("data.csv", "title,content,classification\n[red]a|b[/],the same words,fake\n\u001b[2J,the same words,real\n");

        Assert.That(await Audit(data), Is.Zero, _console.Error.ToString());

        Assert.That(_console.Out.ToString(), Does.StartWith("2 articles audited").And.Contain("| exact | validation, line 3 | real  | validation, line 2 | fake  |  [2J").And.Not.Contain("\u001b[2J"));
    }

    [Test]
    public async Task Audit_OfAFolder_SaysSo()
    {
        Assert.That(await Audit(_folder.Path), Is.EqualTo(1));
        Assert.That(_console.Error.ToString().Trim(), Is.EqualTo($"error: {_folder.Path}: expected a file; found a folder."));
    }

    [Test]
    public async Task Audit_OfOneLabelExits1()
    {
        string data = _folder.Write("data.csv", "title,content,classification\na,b,fake\n");

        Assert.That(await Audit(data), Is.EqualTo(1));
        Assert.That(_console.Error.ToString().Trim(), Is.EqualTo($"error: {data}: no article has the label 'real'; an audit compares labels."));
    }

    private static Task<int> Audit(params string[] args) => ProgramHost.RunAsync(new RootCommand { new AuditCommand() }, ["audit", "--ignore-labels", "satire", .. args]);

    private static string ToCsv(IEnumerable<AuditedArticle> rows) => string.Concat(rows
        .Select(row => string.Join(',', new[] { row.Article.Title!, row.Article.Content!, AuditSample.Recipe.Labels[row.Label] }.Select(text => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")) + "\n")
        .Prepend("title,content,classification\n"));

    /// <summary>The findings of the audit that was printed last.</summary>
    private string[] TakeIds()
    {
        var json = JsonNode.Parse(_console.Out.ToString())!;
        _console.Out.GetStringBuilder().Clear();
        return [.. json["findings"]!.AsArray().Select(finding => (string)finding!["id"]!)];
    }
}
