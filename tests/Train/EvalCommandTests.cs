using System.Text.Json;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Train.Commands;
using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.Report;

namespace FakeNewsOnnx.Tests.Train;

internal sealed class EvalCommandTests
{
    private static readonly string Base = Repository.PathOf("models", "gpt2-mini");

    private TemporaryFolder _folder = null!;
    private string _data = null!;

    [SetUp]
    public void WriteArticles()
    {
        _folder = new();
        _data = _folder.Write("articles.csv", "title,content,classification\nCouncil approves bridge,The city council voted on Tuesday.,real\nYOU WON'T BELIEVE IT,They are hiding this!,fake\n");
    }

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task ActivationRanges_AreWrittenIntoTheAdapter()
    {
        string adapter = CopyAdapter();

        Assert.That(await Run("--adapter", adapter, "--activation-ranges"), Is.Zero);

        Gpt2Config config = Gpt2Config.Load(Path.Combine(Base, Gpt2Config.FileName));
        ActivationRangesFile ranges = ActivationRangesFile.TryLoad(adapter, config)!;
        foreach (var (norm, _) in ActivationRangesFile.Norms(config))
        {
            Assert.That(ranges.Of(norm), Has.All.GreaterThan(0), norm);
        }
    }

    [Test]
    public async Task ActivationRanges_WithoutAnAdapter_IsAUsageError() =>
        Assert.That(await Run("--activation-ranges"), Is.EqualTo(2));

    [TestCase(2, "--threads must be at least 1; found 0.", "--threads", "0")]
    [TestCase(2, "--seed must be at least 0; found -1.", "--seed", "-1")]
    [TestCase(2, "--max-batch-tokens must be at least 1; found 0.", "--max-batch-tokens", "0")]
    [TestCase(1, "recipe: labels: a classifier needs at least two labels; found 1.", "--labels", "fake")]
    [TestCase(1, "recipe: map_labels must not map one label twice; found 0=fake,0=real.", "--map-labels", "0=fake,0=real")]
    public async Task AnOptionOutOfItsRange_IsNamed(int exitCode, string message, params string[] arguments)
    {
        using var console = new CapturedConsole();
        Assert.That(await Run(arguments), Is.EqualTo(exitCode));
        Assert.That(console.Error.ToString(), Is.EqualTo($"error: {message}{Environment.NewLine}"));
    }

    [Test]
    public async Task Json_HoldsTheReport()
    {
        using var console = new CapturedConsole();
        Assert.That(await Run("--adapter", CopyAdapter(), "--json"), Is.Zero);
        JsonElement json = JsonDocument.Parse(console.Out.ToString()).RootElement;
        Assert.That(json.GetProperty("articles").GetInt32(), Is.EqualTo(2));
        Assert.That(json.GetProperty("accuracy").GetDouble(), Is.EqualTo(json.GetProperty("model").GetProperty("accuracy").GetProperty("value").GetDouble()));
        Assert.That(json.GetProperty("loss").GetDouble(), Is.EqualTo(json.GetProperty("model").GetProperty("log_loss").GetProperty("value").GetDouble()).Within(1e-6));
        Assert.That(json.GetProperty("compared_with")[0].GetProperty("name").GetString(), Is.EqualTo("majority class"));
    }

    [Test]
    public async Task Labels_RenameThoseOfTheAdapter()
    {
        string adapter = CopyAdapter();
        File.AppendAllText(_data, "Council meets,The council met again.,real\n"); // of three articles, half can't be right
        Assert.That(await Accuracy("fake,real") + await Accuracy("real,fake"), Is.EqualTo(1).Within(1e-9));

        async Task<double> Accuracy(string labels)
        {
            using var console = new CapturedConsole();
            Assert.That(await Run("--adapter", adapter, "--labels", labels, "--json"), Is.Zero);
            return JsonDocument.Parse(console.Out.ToString()).RootElement.GetProperty("accuracy").GetDouble();
        }
    }

    [Test]
    public async Task Out_HoldsBothSources()
    {
        string adapter = CopyAdapter(), output = _folder.In("across");
        MetricsReport own = Measurement.Report("articles.csv, test", ["fake", "real"], [0, 1, 1], [[2, 0], [1, 0], [0, 3]], 1.5);
        new MetricsFile { Test = own }.Save(adapter);
        Assert.That(await Run("--adapter", adapter, "--out", output), Is.Zero);
        MetricsFile written = MetricsFile.TryLoad(output)!;
        Assert.That(MetricsFile.ToJson(written.InDomain!).ToJsonString(), Is.EqualTo(MetricsFile.ToJson(own).ToJsonString()));
        Assert.That((written.CrossDomain!.Data, written.CrossDomain.Model.Rows), Is.EqualTo(("articles.csv", 2)));
        Assert.That(await Run("--adapter", adapter, "--out", adapter), Is.EqualTo(2), "the fit's own metrics stay");
        Assert.That(MetricsFile.TryLoad(adapter)!.Test, Is.Not.Null);
    }

    [Test]
    public async Task Out_HoldsAPageOfBothSources()
    {
        string adapter = CopyAdapter(), output = _folder.In("across");
        new MetricsFile { Test = Measurement.Report("home.csv, test", ["fake", "real"], [0, 1, 1], [[2, 0], [1, 0], [0, 3]], 1.5) }.Save(adapter);
        using var console = new CapturedConsole();
        Assert.That(await Run("--adapter", adapter, "--out", output, "--json"), Is.Zero);
        Assert.That(JsonDocument.Parse(console.Out.ToString()).RootElement.GetProperty("articles").GetInt32(), Is.EqualTo(2));
        string page = File.ReadAllText(Path.Combine(output, ReportWriter.FileName));
        foreach (string part in (string[])["adapter on articles.csv", "id=\"sources\"", "home.csv, test", "id=\"plot-lengths-title\"", "href=\"#article-0\"", "<article id=\"article-1\"", ">Line 3 · ", "YOU WON&#x27;T BELIEVE IT"])
        {
            Assert.That(page, Does.Contain(part));
        }

        Assert.That(page, Does.Not.Contain(_folder.Path).And.Not.Contain(Base));
    }

    [Test]
    public async Task Out_HoldsArticlesOfSeveralFiles_ThoughTheirLinesAreTheSame()
    {
        string more = _folder.Write("more.csv", "title,content,classification\nMayor opens school,The school opened on Monday.,real\nSHOCKING TRUTH,Nobody tells you this!,fake\nCopied,The city council voted on Tuesday.,real\n"), output = _folder.In("both");
        using var console = new CapturedConsole();
        Assert.That(await Run("--data", more, "--out", output, "--json"), Is.Zero);
        string page = File.ReadAllText(Path.Combine(output, ReportWriter.FileName));
        Assert.That(page.Split("<article ").Length - 1, Is.EqualTo(5));
        Assert.That(page, Does.Contain("<bdi>articles.csv</bdi>, line 2 · ").And.Contain("<bdi>more.csv</bdi>, line 2 · "));
        Assert.That(page, Does.Contain("test, more.csv, line 4").And.Contain("test, articles.csv, line 2"), "the audit's copies");
    }

    [Test]
    public async Task BrokenMetricsOfTheAdapter_AreAnError()
    {
        string adapter = CopyAdapter();
        File.WriteAllText(Path.Combine(adapter, MetricsFile.FileName), """{ "test": { "data": "x", "model": null, "temperature": 1 } }""");
        using var console = new CapturedConsole();
        Assert.That(await Run("--adapter", adapter), Is.EqualTo(1));
        Assert.That(console.Error.ToString(), Does.Contain(MetricsFile.FileName));
    }

    private string CopyAdapter()
    {
        string adapter = Directory.CreateDirectory(_folder.In("adapter")).FullName;
        foreach (string file in Directory.EnumerateFiles(Repository.PathOf("tests", "Fixtures", "sample-tuned", "adapter")))
        {
            File.Copy(file, Path.Combine(adapter, Path.GetFileName(file)));
        }

        return adapter;
    }

    private Task<int> Run(params string[] arguments) =>
        ProgramHost.RunAsync(new("train") { new EvalCommand() }, ["eval", "--base", Base, "--data", _data, .. arguments]);
}
