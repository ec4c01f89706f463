using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Train.Model;
using Precision = FakeNewsOnnx.Export.Precision;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>The real shape of GPT-2, exported and run at up to 1024 tokens. Needs 1.5 GB of disk and 3 GB of memory.</summary>
[Category("Heavy")]
internal sealed class Full124MTests
{
    /// <summary>Of fp32; three times what was measured.</summary>
    private const double Tolerance = 1e-5;

    private TemporaryFolder _folder = null!;

    private string Base => _folder.In("base");

    [OneTimeSetUp]
    public void WriteBase()
    {
        _folder = new();
        Full124M.WriteBase(
            ReferenceModel.Full124M.PathOf(Path.Combine("base", Gpt2Config.FileName)),
            Directory.CreateDirectory(Base).FullName);
    }

    [OneTimeTearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void TheRecipe_GivesTheReferencesWeights()
    {
        using BaseModel baseModel = BaseModel.Open(Base);
        foreach (string name in Gpt2Weights.All(baseModel.Config).Select(weight => weight.Name).Append(Gpt2Weights.ScoreWeight))
        {
            AssertProbe(name, baseModel.Read(name));
        }
    }

    [Test]
    public void WithTheAdapter_GivesPeftsLogits() =>
        AssertLogits(ReferenceModel.Full124M.Adapter, expectedMerged: 405_504, batch => batch.PeftLogits);

    [Test]
    public void WithoutAnAdapter_GivesTheBasesLogits() =>
        AssertLogits(adapter: null, expectedMerged: 0, batch => batch.BaseLogits);

    [Test]
    public void InTorchSharp_GivesPeftsLogits_AndPrintsPeftsLine()
    {
        using BaseModel baseModel = BaseModel.Open(Base);
        using AdapterDirectory adapter = AdapterDirectory.Open(ReferenceModel.Full124M.Adapter, baseModel.Config);
        using Gpt2ForSequenceClassification model = ModelLoader.Build(baseModel, adapter.Config, adapter, 2, 50256);
        Assert.That(ModelLoader.DescribeTrainable(model, adapter.Config), Is.EqualTo("trainable params: 407,040 || all params: 124,848,384 || trainable%: 0.3260"));
        foreach (ReferenceBatch batch in ReferenceModel.Full124M.Batches)
        {
            float[][] logits = TorchLogits.Run(model, batch);
            for (int row = 0; row < logits.Length; row++)
            {
                Assert.That(logits[row], Is.EqualTo(batch.PeftLogits[row]).Within(Tolerance), $"{batch}, row {row}");
            }
        }
    }

    /// <summary>Random weights amplify every rounding, so fp16 and int8 have tolerances that only show that they run: <see cref="FormParityTests"/> tests their numbers on a trained model.</summary>
    [Test]
    public void EveryForm_GivesPeftsLogits([ValueSource(typeof(FileForm), nameof(FileForm.All))] FileForm form)
    {
        string target = _folder.In("form.onnx");
        OnnxExportReport report = OnnxExport.Write(Base, ReferenceModel.Full124M.Adapter, form.Options, target, CancellationToken.None);
        TestContext.Out.WriteLine($"{report.Bytes / 1e6:F1} MB");
        using var classifier = new OnnxClassifier(target);
        double[] differences = [.. ReferenceModel.Full124M.Batches.Select(batch => classifier.RelativeDifference(batch, batch.PeftLogits))];
        TestContext.Out.WriteLine($"|Δlogit| {string.Join(", ", differences.Select(difference => $"{difference:G3}"))}");
        Assert.That(differences, Has.All.LessThanOrEqualTo(form.Precision switch { Precision.Fp16 => 0.02, Precision.Int8 => 1.2, _ => Tolerance }));
    }

    /// <summary>At most 200 MB and three times the largest tensor, the token embeddings; pages mapped from files do not count.</summary>
    [Test]
    [Platform("Linux")]
    public void TheProgram_NeedsLittleMemory([Values] Precision precision)
    {
        string[] arguments = ["onnx", "--base", Base, "--adapter", ReferenceModel.Full124M.Adapter, "--labels", "fake,real", "--precision", $"{precision}".ToLowerInvariant(), "--out", _folder.In("memory.onnx")];
        using Process process = Process.Start(new ProcessStartInfo(Repository.Program("export"), arguments))!;
        var clock = Stopwatch.StartNew();
        long largest = 0;
        while (!process.WaitForExit(10))
        {
            try
            {
                string? line = File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(text => text.StartsWith("RssAnon:", StringComparison.Ordinal));
                largest = Math.Max(largest, line is null ? 0 : 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));
            }
            catch (IOException)
            {
                // It has just ended.
            }
        }

        TestContext.Out.WriteLine($"{precision}: {largest / 1e6:F0} MB in {clock.Elapsed.TotalSeconds:F1} s");
        Assert.That(process.ExitCode, Is.Zero);
        Assert.That(largest, Is.InRange(50_000_000, 200_000_000 + (3L * 50257 * 768 * sizeof(float))));
    }

    /// <summary>Embeddings in 8 bits as well: without them the file would be 0.47 of the one in single precision.</summary>
    [TestCase(Precision.Fp16, 0.51)]
    [TestCase(Precision.Int8, 0.26)]
    public void SmallerPrecision_GivesASmallerFile(Precision precision, double part)
    {
        string target = _folder.In("size.onnx");
        long single = OnnxExport.Write(Base, null, new() { Labels = LabelMap.Default }, target, CancellationToken.None).Bytes;
        long small = OnnxExport.Write(Base, null, new() { Labels = LabelMap.Default, Precision = precision }, target, CancellationToken.None).Bytes;
        Assert.That((double)small / single, Is.LessThanOrEqualTo(part));
    }

    /// <summary>Compares first values, last value and sum of a weight with what the reference's own program made.</summary>
    private static void AssertProbe(string name, float[] values)
    {
        using JsonDocument probes = JsonDocument.Parse(File.ReadAllBytes(ReferenceModel.Full124M.PathOf("weight_probes.json")));
        JsonElement probe = probes.RootElement.GetProperty(name);
        Assert.That(values[..4], Is.EqualTo(probe.GetProperty("first4").Deserialize<float[]>()), name);
        Assert.That(values[^1], Is.EqualTo(probe.GetProperty("last").GetSingle()), name);
        Assert.That(values.Sum(value => (double)value), Is.EqualTo(probe.GetProperty("sum_f64").GetDouble()).Within(1e-6), name);
    }

    private void AssertLogits(string? adapter, long expectedMerged, Func<ReferenceBatch, double[][]> expected)
    {
        string target = _folder.In("model.onnx");
        OnnxExportReport report = OnnxExport.Write(Base, adapter, new() { Labels = LabelMap.Default }, target, CancellationToken.None);
        Assert.That(report.MergedParameters, Is.EqualTo(expectedMerged));
        using var classifier = new OnnxClassifier(target);
        foreach (ReferenceBatch batch in ReferenceModel.Full124M.Batches)
        {
            double difference = classifier.Difference(batch, expected(batch));
            TestContext.Out.WriteLine($"{batch.Name}: max |Δlogit| {difference:G3}");
            Assert.That(difference, Is.LessThanOrEqualTo(Tolerance), batch.Name);
        }
    }
}
