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
