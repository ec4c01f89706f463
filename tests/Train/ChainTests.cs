using System.Text.Json;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Inference;
using FakeNewsOnnx.Tests.Parity;
using FakeNewsOnnx.Train.Commands;
using FakeNewsOnnx.Train.Distributed;
using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.FineTuning;
using FakeNewsOnnx.Train.Model;
using FakeNewsOnnx.Train.Report;

namespace FakeNewsOnnx.Tests.Train;

/// <summary>From the sample's rows to a verified label: <c>train fit</c>, <c>export onnx</c>, the inference library.</summary>
internal sealed class ChainTests
{
    private static readonly string Sample = Repository.PathOf("samples", "horne-adali-2017.csv");

    private TemporaryFolder _folder = null!;
    private string _base = null!;

    /// <summary>The base is the small one of the reference, with GPT-2's tokenizer: a fit takes seconds.</summary>
    [SetUp]
    public void CreateBase()
    {
        _folder = new();
        _base = Directory.CreateDirectory(_folder.In("small")).FullName;
        foreach (string source in (string[])[
            .. Directory.GetFiles(ReferenceModel.Small.Base),
            Repository.PathOf("models", "gpt2-mini", Gpt2Tokenizer.VocabularyFile),
            Repository.PathOf("models", "gpt2-mini", Gpt2Tokenizer.MergesFile)])
        {
            File.Copy(source, Path.Combine(_base, Path.GetFileName(source)));
        }
    }

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    /// <summary>Whatever training computed in, the export, the self-test and the measured accuracy are those of single precision.</summary>
    [TestCase("fp32")]
    [TestCase("bf16")]
    public async Task Fit_Export_Classify_AgreeOnEveryHeldOutArticle(string precision)
    {
        string adapter = _folder.In("adapter"), test = _folder.In("test.csv"), onnx = _folder.In("model.onnx");
        Assert.That(await Fit(adapter, "--save-test", test, "--precision", precision), Is.Zero);
        OnnxExport.Write(_base, adapter, new(), onnx, CancellationToken.None);

        using ArticleClassifier classifier = ArticleClassifier.Load(onnx);
        SelfTestReport selfTest = classifier.RunSelfTest();
        Assert.That(selfTest.Passed, string.Join("\n", selfTest.Failures));
        Assert.That(selfTest.Cases, Is.EqualTo(8));

        using CsvArticleReader reader = CsvArticleReader.Open(test);
        var results = reader.ReadValidRows().Select(row => (Row: row, Result: classifier.Classify(row.Article!))).ToArray();
        bool[] correct = [.. results.Select(entry => entry.Result.Label == entry.Row.Label)];
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(adapter, Manifest.FileName)));
        JsonElement metrics = manifest.RootElement.GetProperty("metrics");
        Assert.That(correct, Has.Length.EqualTo(metrics.GetProperty("test_rows").GetInt32()));
        Assert.That((double)correct.Count(right => right) / correct.Length, Is.EqualTo(metrics.GetProperty("accuracy").GetDouble()).Within(1e-12));

        MetricsReport measured = MetricsFile.TryLoad(adapter)!.Test!;
        Assert.That(measured.Temperature, Is.EqualTo(classifier.Manifest.Temperature).And.Not.EqualTo(1));
        Assert.That(results.Average(entry => -Math.Log(entry.Result.Probabilities[entry.Row.Label == "real" ? 1 : 0])), Is.EqualTo(measured.Model.LogLoss.Value).Within(1e-5), "calibrated probabilities");
        Assert.That(measured.Uncalibrated!.LogLoss.Value, Is.Not.EqualTo(measured.Model.LogLoss.Value).Within(1e-4));
        using AdapterClassifier inTorch = AdapterClassifier.Open(_base, adapter);
        Assert.That(inTorch.Classify(results[0].Row.Article!), Is.EqualTo(results[0].Result.Probabilities).Within(1e-5), "train predict");
    }

    [Test]
    public async Task Fit_ComparesWithTheBaseAndTheBaselines()
    {
        string adapter = _folder.In("adapter");
        Assert.That(await Fit(adapter), Is.Zero);
        MetricsFile metrics = MetricsFile.TryLoad(adapter)!;
        Assert.That((metrics.Validation!.Data, metrics.Test!.Data), Is.EqualTo(("horne-adali-2017.csv, validation", "horne-adali-2017.csv, test")));
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(adapter, Manifest.FileName)));
        JsonElement summary = manifest.RootElement.GetProperty("metrics");
        Assert.That(
            metrics.Test.ComparedWith.Select(other => (other.Name, other.Metrics.Accuracy.Value)),
            Is.EqualTo(new[]
            {
                ("majority class", summary.GetProperty("majority_accuracy").GetDouble()),
                ("TF-IDF + logistic regression", summary.GetProperty("tfidf_accuracy").GetDouble()),
                ("base model", summary.GetProperty("base_accuracy").GetDouble()),
            }));
        Assert.That(summary.GetProperty("tfidf_accuracy").GetDouble(), Is.GreaterThan(0.75));
    }

    /// <summary>Nothing to learn words from, and nothing held out: the fit goes on without them.</summary>
    [Test]
    public async Task Fit_OnArticlesWithoutACommonWord_LeavesTheComparisonOut()
    {
        string adapter = _folder.In("adapter"), data = _folder.In("few.csv"), validation = _folder.In("validation.csv");
        File.WriteAllText(data, "title,content,classification\nalpha,beta,fake\ngamma,delta,real\n");
        File.WriteAllText(validation, "title,content,classification\nalpha,gamma,fake\ngamma,delta,real\n");
        Assert.That(await Fit(adapter, "--data", data, "--validation-data", validation, "--test-fraction", "0"), Is.Zero);
        MetricsFile metrics = MetricsFile.TryLoad(adapter)!;
        Assert.That(metrics.Test, Is.Null);
        Assert.That(metrics.Validation!.ComparedWith.Select(other => other.Name), Is.EqualTo(new[] { "majority class", "base model" }));
    }

    /// <summary>But for the times that the report tells, and TensorBoard's.</summary>
    [Test]
    public async Task Fit_Twice_WritesTheSameBytes()
    {
        string first = _folder.In("first"), second = _folder.In("second");
        Assert.That(await Fit(first), Is.Zero);
        Assert.That(await Fit(second), Is.Zero);
        foreach (string file in Directory.GetFiles(first, "*", SearchOption.AllDirectories).Where(file => !file.Contains($"{Path.DirectorySeparatorChar}runs{Path.DirectorySeparatorChar}", StringComparison.Ordinal) && Path.GetFileName(file) != ReportWriter.FileName))
        {
            Assert.That(File.ReadAllBytes(Path.Combine(second, Path.GetRelativePath(first, file))), Is.EqualTo(File.ReadAllBytes(file)), file);
        }
    }

    [Test]
    public async Task Fit_SavesTheHeldOutRowsIntoAFolderThatItMakes()
    {
        string folder = _folder.In("new"), test = Path.Combine(folder, "test.csv");
        Assert.That(await Fit(Path.Combine(folder, "deeper", "adapter"), "--save-test", test), Is.Zero);
        Assert.That(test, Does.Exist);
    }

    [Test]
    public void Fit_Interrupted_StopsReading() => Assert.That(
        () => FineTuningInputs.Load(new() { Ranks = Ranks.Alone, Device = TorchSharp.torch.CPU, Recipe = new() { IgnoreLabels = ["satire"] }, Files = new([Sample]), Base = new(_base, null), Output = "" }, new CancellationToken(canceled: true)),
        Throws.TypeOf<OperationCanceledException>());

    [Test]
    public async Task Fit_IntoAFolderThatIsTaken_SaysWhatToDo()
    {
        string adapter = _folder.In("adapter");
        Assert.That(await Fit(adapter, "--resume"), Is.EqualTo(2), "nothing to resume");
        Assert.That(await Fit(adapter), Is.Zero);
        Assert.That(await Fit(adapter), Is.EqualTo(2), "an adapter is there");
        File.Delete(Path.Combine(adapter, AdapterDirectory.WeightsFile));
        Assert.That(await Fit(adapter), Is.EqualTo(2), "checkpoints are there");
        Assert.That(await Fit(adapter, "--resume", "--learning-rate", "0.5"), Is.EqualTo(1), "another recipe");
        byte[] metrics = File.ReadAllBytes(Path.Combine(adapter, MetricsFile.FileName));
        File.Delete(Path.Combine(adapter, MetricsFile.FileName));
        string leftover = Path.Combine(adapter, $".{MetricsFile.FileName}.abcdefgh.ijk.tmp");
        File.WriteAllText(leftover, "half of one, from a run that was killed");
        Assert.That(await Fit(adapter, "--resume"), Is.Zero);
        Assert.That(leftover, Does.Not.Exist);
        Assert.That(File.ReadAllBytes(Path.Combine(adapter, MetricsFile.FileName)), Is.EqualTo(metrics));
        Assert.That(await Fit(adapter, "--overwrite-output-dir"), Is.Zero);
    }

    [Test]
    public async Task Fit_KilledBeforeItsReport_IsResumed()
    {
        string adapter = _folder.In("adapter"), report = Path.Combine(adapter, ReportWriter.FileName), weights = Path.Combine(adapter, AdapterDirectory.WeightsFile);
        Assert.That(await Fit(adapter), Is.Zero);
        Assert.That(await Fit(adapter, "--resume"), Is.EqualTo(2), "it is finished");
        byte[] written = File.ReadAllBytes(weights);
        File.Delete(report);
        Assert.That(await Fit(adapter), Is.EqualTo(2), "an adapter is there");
        Assert.That(await Fit(adapter, "--resume"), Is.Zero);
        Assert.That(File.Exists(report), Is.True);
        Assert.That(File.ReadAllBytes(weights), Is.EqualTo(written));
    }

    [Test]
    public async Task Fit_InterruptedWhileItReplacesAnAdapter_IsResumed()
    {
        string adapter = _folder.In("adapter"), obstacle = Path.Combine(adapter, MetricsFile.FileName);
        Assert.That(await Fit(adapter), Is.Zero);
        File.Delete(obstacle);
        Directory.CreateDirectory(obstacle);
        byte[] earlier = File.ReadAllBytes(Path.Combine(adapter, AdapterDirectory.WeightsFile));
        Assert.That(await Fit(adapter, "--overwrite-output-dir"), Is.EqualTo(1), "the metrics can't be written");
        Assert.That(File.ReadAllBytes(Path.Combine(adapter, AdapterDirectory.WeightsFile)), Is.EqualTo(earlier));
        Directory.Delete(obstacle);
        Assert.That(await Fit(adapter, "--resume"), Is.Zero);
    }

    /// <summary>The sample's recipe on the small GPT-2 that ships: bf16 may cost no more accuracy than chance, at 95 %.</summary>
    [Test]
    [Category("Heavy")]
    public async Task Fit_InBFloat16_IsAsAccurateAsInSinglePrecision()
    {
        _base = Repository.PathOf("models", "gpt2-mini");
        var measured = new Dictionary<string, (double Accuracy, double Rows)>();
        foreach (string precision in (string[])["fp32", "bf16"])
        {
            string adapter = _folder.In(precision);
            Assert.That(await Fit(adapter, "--precision", precision, "--max-length", "256", "--num-train-epochs", "4"), Is.Zero);
            using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(adapter, Manifest.FileName)));
            JsonElement metrics = manifest.RootElement.GetProperty("metrics");
            measured[precision] = (metrics.GetProperty("accuracy").GetDouble(), metrics.GetProperty("test_rows").GetDouble());
        }

        var (accuracy, rows) = measured["fp32"];
        TestContext.Out.WriteLine($"fp32 {accuracy:F4}, bf16 {measured["bf16"].Accuracy:F4}, {rows} articles");
        Assert.That(measured["bf16"].Accuracy, Is.EqualTo(accuracy).Within(1.96 * Math.Sqrt(accuracy * (1 - accuracy) / rows)));
    }

    [Test]
    public async Task Fit_WritesWhatPeftReads()
    {
        string adapter = _folder.In("adapter");
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
    public async Task Fit_OfThreeLabels_WritesThem()
    {
        string adapter = _folder.In("adapter");
        Assert.That(await Fit(adapter, "--labels", "fake,real,satire"), Is.Zero);
        using BaseModel baseModel = BaseModel.Open(_base);
        using AdapterDirectory written = AdapterDirectory.Open(adapter, baseModel.Config);
        Assert.That(written.ScoreLabels, Is.EqualTo(3));
        Assert.That(written.Manifest!.Labels, Is.EqualTo(new[] { "fake", "real", "satire" }));
    }

    [Test]
    public async Task Fit_WritesAReportThatNamesNoFolder()
    {
        string adapter = _folder.In("adapter");
        Assert.That(await Fit(adapter), Is.Zero);
        string page = File.ReadAllText(Path.Combine(adapter, ReportWriter.FileName));
        string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(adapter, AdapterDirectory.WeightsFile))));
        foreach (string part in (string[])["small, fine-tuned on horne-adali-2017.csv", "horne-adali-2017.csv, test", "id=\"plot-loss-title\"", "id=\"audit\"", "lora_alpha", "explanations", hash])
        {
            Assert.That(page, Does.Contain(part));
        }

        Assert.That(page.Split("<article ").Length - 1, Is.InRange(20, 30));
        Assert.That(page, Does.Not.Contain(_folder.Path).And.Not.Contain(Repository.Root));
    }

    [TestCase(2, "--num-train-epochs", "many")]
    [TestCase(2, "--no-such-option", "1")]
    [TestCase(1, "--labels", "true,false")]
    [TestCase(1, "--r", "0")]
    [TestCase(1, "--column", "label=verdict")]
    [TestCase(1, "--labels", "fake")]
    [TestCase(1, "--save-test", "no/such/folder/test.csv")]
    [TestCase(2, "--threads", "0")]
    public async Task Fit_OnBadInput_WritesNothing(int exitCode, params string[] arguments)
    {
        string adapter = _folder.In("adapter");
        Assert.That(await Fit(adapter, arguments), Is.EqualTo(exitCode));
        Assert.That(Directory.Exists(adapter), Is.False);
    }

    private Task<int> Fit(string adapter, params string[] more) => ProgramHost.RunAsync(
        new("train") { new FitCommand() },
        [
            "fit", .. more.Contains("--data") ? (string[])[] : ["--data", Sample], "--base", _base, "--out", adapter, "--cache-dir", _folder.In("tokens"), "--recipe", Repository.PathOf("recipes", "sample.json"),
            .. Defaults.Where((_, i) => !more.Contains(Defaults[i - (i % 2)])), .. more,
        ]);

    private static readonly string[] Defaults = ["--max-length", "32", "--num-train-epochs", "2", "--r", "4"];
}
