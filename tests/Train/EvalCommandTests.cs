using FakeNewsOnnx.Data;
using FakeNewsOnnx.Train.Commands;

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
        string adapter = Directory.CreateDirectory(Path.Combine(_folder.Path, "adapter")).FullName;
        foreach (string file in Directory.EnumerateFiles(Repository.PathOf("tests", "Fixtures", "sample-tuned", "adapter")))
        {
            File.Copy(file, Path.Combine(adapter, Path.GetFileName(file)));
        }

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

    private Task<int> Run(params string[] arguments) =>
        ProgramHost.RunAsync(new("train") { new EvalCommand() }, ["eval", "--base", Base, "--data", _data, .. arguments]);
}
