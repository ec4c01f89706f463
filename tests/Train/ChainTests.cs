using System.Text.Json;
using FakeNewsOnnx.Data;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Inference;
using FakeNewsOnnx.Tests.Parity;
using FakeNewsOnnx.Train.Commands;

namespace FakeNewsOnnx.Tests.Train;

/// <summary>From the sample's rows to a verified label: <c>train fit</c>, <c>export onnx</c>, the inference library.</summary>
internal sealed class ChainTests
{
    private static readonly string Sample = Repository.PathOf("samples", "horne-adali-2017.csv");

    private string _folder = null!;
    private string _base = null!;

    /// <summary>The base is the small one of the reference, with GPT-2's tokenizer: a fit takes seconds.</summary>
    [SetUp]
    public void CreateBase()
    {
        _folder = Directory.CreateTempSubdirectory("fakenews-").FullName;
        _base = Directory.CreateDirectory(Path.Combine(_folder, "small")).FullName;
        foreach (string source in (string[])[
            .. Directory.GetFiles(ReferenceModel.Small.Base),
            Repository.PathOf("models", "gpt2-mini", Gpt2Tokenizer.VocabularyFile),
            Repository.PathOf("models", "gpt2-mini", Gpt2Tokenizer.MergesFile)])
        {
            File.Copy(source, Path.Combine(_base, Path.GetFileName(source)));
        }
    }

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Fit_Export_Classify_AgreeOnEveryHeldOutArticle()
    {
        string adapter = Path.Combine(_folder, "adapter"), test = Path.Combine(_folder, "test.csv"), onnx = Path.Combine(_folder, "model.onnx");
        Assert.That(await Fit(adapter, "--save-test", test), Is.Zero);
        OnnxExport.Write(_base, adapter, new(), onnx, CancellationToken.None);

        using ArticleClassifier classifier = ArticleClassifier.Load(onnx);
        SelfTestReport selfTest = classifier.RunSelfTest();
        Assert.That(selfTest.Passed, string.Join("\n", selfTest.Failures));
        Assert.That(selfTest.Cases, Is.EqualTo(8));

        using ArticleReader reader = ArticleReader.Open(test);
        bool[] correct = [.. reader.ReadValidRows().Select(row => classifier.Classify(row.Article!).Label == row.Label)];
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(adapter, Manifest.FileName)));
        JsonElement metrics = manifest.RootElement.GetProperty("metrics");
        Assert.That(correct, Has.Length.EqualTo(metrics.GetProperty("test_rows").GetInt32()));
        Assert.That((double)correct.Count(right => right) / correct.Length, Is.EqualTo(metrics.GetProperty("accuracy").GetDouble()).Within(1e-12));
    }

    [Test]
    public async Task Fit_Twice_WritesTheSameBytes()
    {
        string first = Path.Combine(_folder, "first"), second = Path.Combine(_folder, "second");
        Assert.That(await Fit(first), Is.Zero);
        Assert.That(await Fit(second), Is.Zero);
        foreach (string file in Directory.GetFiles(first))
        {
            Assert.That(File.ReadAllBytes(Path.Combine(second, Path.GetFileName(file))), Is.EqualTo(File.ReadAllBytes(file)), file);
        }
    }

    [Test]
    public async Task Fit_WritesWhatPeftReads()
    {
        string adapter = Path.Combine(_folder, "adapter");
        Assert.That(await Fit(adapter, "--base-name", "gpt2"), Is.Zero);
        using SafetensorsFile written = SafetensorsFile.Open(Path.Combine(adapter, AdapterDirectory.WeightsFile));
        using SafetensorsFile reference = SafetensorsFile.Open(Path.Combine(ReferenceModel.Small.Adapter, AdapterDirectory.WeightsFile));
        Assert.That(written.Tensors.Values.Select(tensor => $"{tensor.Name} {tensor.Type} {tensor.ShapeText}").Order(), Is.EqualTo(reference.Tensors.Values.Select(tensor => $"{tensor.Name} {tensor.Type} {tensor.ShapeText}").Order()));
        Assert.That(written.Metadata, Is.EqualTo(reference.Metadata));
        using JsonDocument config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(adapter, LoraConfigFile.FileName)));
        using JsonDocument referenceConfig = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(ReferenceModel.Small.Adapter, LoraConfigFile.FileName)));
        Assert.That(config.RootElement.EnumerateObject().Select(entry => entry.Name), Is.EqualTo(referenceConfig.RootElement.EnumerateObject().Select(entry => entry.Name)));
        Assert.That(config.RootElement.GetProperty("base_model_name_or_path").GetString(), Is.EqualTo("gpt2"));
    }

    [Test]
    public async Task Fit_LearnsThreeLabels()
    {
        string adapter = Path.Combine(_folder, "adapter");
        Assert.That(await Fit(adapter, "--labels", "fake,real,satire"), Is.Zero);
        using BaseModel baseModel = BaseModel.Open(_base);
        using AdapterDirectory written = AdapterDirectory.Open(adapter, baseModel.Config);
        Assert.That(written.ScoreLabels, Is.EqualTo(3));
        Assert.That(written.Manifest!.Labels, Is.EqualTo(new[] { "fake", "real", "satire" }));
    }

    [TestCase(2, "--num-train-epochs", "many")]
    [TestCase(2, "--no-such-option", "1")]
    [TestCase(1, "--labels", "true,false")]
    [TestCase(1, "--r", "0")]
    [TestCase(1, "--column", "label=verdict")]
    public async Task Fit_OnBadInput_WritesNothing(int exitCode, params string[] arguments)
    {
        string adapter = Path.Combine(_folder, "adapter");
        Assert.That(await Fit(adapter, arguments), Is.EqualTo(exitCode));
        Assert.That(Directory.Exists(adapter), Is.False);
    }

    private Task<int> Fit(string adapter, params string[] more) => ProgramHost.RunAsync(
        new("train") { new FitCommand() },
        [
            "fit", "--data", Sample, "--base", _base, "--out", adapter, "--recipe", Repository.PathOf("recipes", "sample.json"),
            .. Defaults.Where((_, i) => !more.Contains(Defaults[i - (i % 2)])), .. more,
        ]);

    private static readonly string[] Defaults = ["--max-length", "32", "--num-train-epochs", "2", "--r", "4"];
}
