using FakeNewsOnnx.Data;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Train;
using FakeNewsOnnx.Train.Lora;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>The real shape of GPT-2, exported and run at up to 1024 tokens. Needs 1.5 GB of disk and 3 GB of memory.</summary>
[Category("Heavy")]
internal sealed class Full124MTests
{
    private const double Tolerance = 3e-5;

    private string _folder = null!;

    private string Base => Path.Combine(_folder, "base");

    [OneTimeSetUp]
    public void WriteBase()
    {
        _folder = Directory.CreateTempSubdirectory("fakenews-").FullName;
        Full124M.WriteBase(Directory.CreateDirectory(Base).FullName);
    }

    [OneTimeTearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void TheRecipe_GivesTheReferencesWeights()
    {
        using BaseModel baseModel = BaseModel.Open(Base);
        foreach (string name in Gpt2Weights.All(baseModel.Config).Select(weight => weight.Name).Append(Gpt2Weights.ScoreWeight))
        {
            Full124M.AssertProbe(name, baseModel.Read(name));
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
        Assert.That(ModelLoader.DescribeTrainable(model), Is.EqualTo("trainable params: 407,040 || all params: 124,848,384 || trainable%: 0.3260"));
        foreach (ReferenceBatch batch in ReferenceModel.Full124M.Batches)
        {
            float[][] logits = TorchLogits.Run(model, batch);
            for (int row = 0; row < logits.Length; row++)
            {
                Assert.That(logits[row], Is.EqualTo(batch.PeftLogits[row]).Within(Tolerance), $"{batch}, row {row}");
            }
        }
    }

    [Test]
    public void EveryForm_GivesPeftsLogits([ValueSource(typeof(FileForm), nameof(FileForm.All))] FileForm form)
    {
        string target = Path.Combine(_folder, "form.onnx");
        OnnxExportReport report = OnnxExport.Write(Base, ReferenceModel.Full124M.Adapter, form.Options, target, CancellationToken.None);
        TestContext.Out.WriteLine($"{report.Bytes / 1e6:F1} MB");
        using var classifier = new OnnxClassifier(target);
        foreach (ReferenceBatch batch in ReferenceModel.Full124M.Batches)
        {
            double difference = classifier.RelativeDifference(batch, batch.PeftLogits);
            TestContext.Out.WriteLine($"{batch.Name}: {difference:G3}");
            Assert.That(difference, Is.LessThanOrEqualTo(form.Precision switch { Precision.Fp16 => 0.02, Precision.Int8 => 0.25, _ => 5e-5 }), batch.Name);
        }
    }

    /// <summary>Embeddings in 8 bits as well: without them the file would be 0.47 of the one in single precision.</summary>
    [TestCase(Precision.Fp16, 0.51)]
    [TestCase(Precision.Int8, 0.26)]
    public void SmallerPrecision_GivesASmallerFile(Precision precision, double part)
    {
        string target = Path.Combine(_folder, "size.onnx");
        long single = OnnxExport.Write(Base, null, new() { Labels = LabelMap.Default }, target, CancellationToken.None).Bytes;
        long small = OnnxExport.Write(Base, null, new() { Labels = LabelMap.Default, Precision = precision }, target, CancellationToken.None).Bytes;
        Assert.That((double)small / single, Is.LessThanOrEqualTo(part));
    }

    private void AssertLogits(string? adapter, long expectedMerged, Func<ReferenceBatch, double[][]> expected)
    {
        string target = Path.Combine(_folder, "model.onnx");
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
