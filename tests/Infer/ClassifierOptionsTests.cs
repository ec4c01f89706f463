using FakeNewsOnnx.Inference;
using Microsoft.Extensions.DependencyInjection;

namespace FakeNewsOnnx.Tests.Infer;

/// <summary>What an application can choose: device, long articles, another's file.</summary>
internal sealed class ClassifierOptionsTests
{
    private TemporaryFolder _folder = null!;

    private string Model => _folder.In("model.onnx");

    [SetUp]
    public void CreateModel()
    {
        _folder = new();
        File.WriteAllBytes(Model, ByteModel.ToBytes());
    }

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void Load_OnTheCpuSaysSo()
    {
        using var classifier = ArticleClassifier.Load(Model, new() { Device = Device.Cpu });

        Assert.That(classifier.Device, Is.EqualTo(new DeviceChoice(Device.Cpu, "It was asked for.")));
    }

    [Test]
    public void Load_WithoutCudaChoosesTheCpuAndSaysWhy()
    {
        using var classifier = ArticleClassifier.Load(Model);

        Assert.That(classifier.Device, Is.EqualTo(new DeviceChoice(Device.Cpu, "This program's ONNX Runtime has no CUDA: it comes from the package Microsoft.ML.OnnxRuntime, and CUDA from Microsoft.ML.OnnxRuntime.Gpu.")));
    }

    [Test]
    public void Load_OnCudaWithoutItNamesThePackage()
    {
        var error = Assert.Throws<PlatformNotSupportedException>(() => ArticleClassifier.Load(Model, new() { Device = Device.Cuda, Strict = true }));

        Assert.That(error!.Message, Does.StartWith($"{Model}: expected to run on CUDA. ").And.EndWith("CUDA from Microsoft.ML.OnnxRuntime.Gpu."));
    }

    [Test]
    public void Load_OfInt8OnCudaSaysToExportFp16()
    {
        File.WriteAllBytes(Model, ByteModel.ToBytes(ByteModel.Manifest with { Precision = "int8" }));

        var error = Assert.Throws<PlatformNotSupportedException>(() => ArticleClassifier.Load(Model, new() { Device = Device.Cuda }));
        using var classifier = ArticleClassifier.Load(Model);

        Assert.That(error!.Message, Does.EndWith("The file is int8, which is made for the CPU; export it with --precision fp16 for CUDA."));
        Assert.That(classifier.Device, Is.EqualTo(new DeviceChoice(Device.Cpu, "The file is int8, which is made for the CPU; export it with --precision fp16 for CUDA.")));
    }

    [Test]
    public void CudaOptions_AreTheCallers_WithFullSinglePrecisionWhereTheyAreSilent()
    {
        Assert.That(
            DeviceSelection.CudaOptions(new() { DeviceId = 2 }),
            Is.EquivalentTo(new Dictionary<string, string> { ["use_tf32"] = "0", ["device_id"] = "2" }));
        Assert.That(
            DeviceSelection.CudaOptions(new() { CudaOptions = new Dictionary<string, string> { ["use_tf32"] = "1", ["gpu_mem_limit"] = "1000" } }),
            Is.EquivalentTo(new Dictionary<string, string> { ["use_tf32"] = "1", ["gpu_mem_limit"] = "1000", ["device_id"] = "0" }));
    }

    [Test]
    public void Load_OfOptionsOutOfTheirRangeIsAnError()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ArticleClassifier.Load(Model, new() { ThreadsPerArticle = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => ArticleClassifier.Load(Model, new() { ParallelArticles = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => ArticleClassifier.Load(Model, new() { DeviceId = -1 }));
        Assert.That(
            () => ArticleClassifier.Load(Model, new() { CudaOptions = new Dictionary<string, string> { ["device_id"] = "1" } }),
            Throws.ArgumentException.With.Message.StartsWith("the CUDA option device_id is DeviceId's."));
        Assert.Throws<ArgumentOutOfRangeException>(() => ArticleClassifier.Load(Model, new() { TokensPerBatch = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => ArticleClassifier.Load(Model, new() { WindowStride = 0 }));
        Assert.That(
            Assert.Throws<ArgumentException>(() => ArticleClassifier.Load(Model, new() { WindowStride = 17 }))!.Message,
            Does.StartWith("WindowStride must be at most the model's 16 tokens; found 17."));
    }

    [Test]
    public void Load_WithSpinningAndWithoutArenaGivesTheSameScore()
    {
        using var usual = ArticleClassifier.Load(Model);
        using var other = ArticleClassifier.Load(Model, new() { Spinning = true, Arena = false, ThreadsPerArticle = 2 });

        Assert.That(other.Classify(new Article("a", "b")).Logits, Is.EqualTo(usual.Classify(new Article("a", "b")).Logits));
    }

    [Test]
    public void Load_OfAFileWithoutAManifestTakesItsContractFromTheOptions()
    {
        File.WriteAllBytes(Model, ByteModel.ToBytes(metadata: entries =>
        {
            File.WriteAllBytes(_folder.In("vocab.json"), entries["vocab.json"].ToArray());
            File.WriteAllBytes(_folder.In("merges.txt"), entries["merges.txt"].ToArray());
            entries.Clear();
        }));

        using var classifier = ArticleClassifier.Load(Model, new()
        {
            Contract = new() { Labels = ["invented", "true"], MaxTokens = 4, Temperature = 2, TokenizerFolder = _folder.Path },
        });

        var result = classifier.Classify(new Article("", "zzzzzz"));
        Assert.That((result.Label, result.TokenCount, result.Truncated), Is.EqualTo(("true", 4, true)));
        Assert.That(result.Logits, Is.EqualTo(new[] { -21f, 21f }).Within(1e-5), "the mean of two line feeds and two z is 66");
        Assert.That(result.Score, Is.EqualTo(1 / (1 + Math.Exp(-21))).Within(1e-6), "temperature 2");
        Assert.That(classifier.Manifest.Pooling, Is.EqualTo("rightmost_non_pad"));
    }

    [Test]
    public void Load_OfAFileWithAManifestRefusesAnotherContract()
    {
        var error = Assert.Throws<ArgumentException>(() => ArticleClassifier.Load(Model, new() { Contract = new() { Labels = ["a", "b"] } }));

        Assert.That(error!.Message, Does.StartWith($"{Model}: the file says itself what its numbers mean; expected no other contract."));
    }

    [TestCase(1, new[] { "0..1" })]
    [TestCase(16, new[] { "0..16" })]
    [TestCase(17, new[] { "0..16", "6..17" })]
    [TestCase(22, new[] { "0..16", "6..22" })]
    [TestCase(23, new[] { "0..16", "6..22", "12..23" })]
    public void Windows_EndWithTheArticle(int tokens, string[] windows)
    {
        var cut = new TokenWindows(MaxTokens: 16, Stride: 6);

        Assert.That(cut.Of(tokens).Select(window => window.ToString()), Is.EqualTo(windows));
        Assert.That(cut.Count(tokens), Is.EqualTo(windows.Length));
    }

    [Test]
    public void Classify_InWindowsAveragesTheirLogits()
    {
        using var classifier = ArticleClassifier.Load(Model, new() { LongArticles = LongArticles.Window });
        const string text = "\n\n11111111111111PPPPPPPP";

        var result = classifier.Classify(new Article("", text[2..]));

        float expected = (ByteModel.LogitOf(text[..16]) + ByteModel.LogitOf(text[8..24])) / 2;
        Assert.That(result.Logits, Is.EqualTo(new[] { -expected, expected }).Within(1e-5));
        Assert.That((result.TokenCount, result.Truncated), Is.EqualTo((24, false)));
        Assert.That(classifier.ClassifyPacked([new("", text[2..])])[0].Logits, Is.EqualTo(result.Logits).Within(1e-5));
    }

    [Test]
    public void AddArticleClassifier_GivesOneInstanceAndDisposesIt()
    {
        var services = new ServiceCollection();
        Assert.That(services.AddArticleClassifier(Model, new() { Device = Device.Cpu }), Is.SameAs(services));
        ArticleClassifier classifier;
        using (var provider = services.BuildServiceProvider())
        {
            classifier = provider.GetRequiredService<ArticleClassifier>();

            Assert.That(provider.GetRequiredService<ArticleClassifier>(), Is.SameAs(classifier));
            Assert.That(classifier.Device.Reason, Is.EqualTo("It was asked for."));
        }

        Assert.Throws<ObjectDisposedException>(() => classifier.Classify(new Article("a", "b")));
    }

    [Test]
    public void Classify_AllocatesAtMost4KilobytesBeyondTheText()
    {
        using var classifier = ArticleClassifier.Load(Model);
        var article = new Article("title", string.Concat(Enumerable.Repeat("some words of an article ", 400)));
        for (int i = 0; i < 10; i++)
        {
            classifier.Classify(article);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            classifier.Classify(article);
        }

        Assert.That((GC.GetAllocatedBytesForCurrentThread() - before) / 100, Is.LessThan(4096));
    }
}
