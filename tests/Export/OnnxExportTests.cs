using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Tests.Parity;

namespace FakeNewsOnnx.Tests.Export;

/// <summary>What an exported file says of itself, with and without a manifest.</summary>
internal sealed class OnnxExportTests
{
    private static readonly string Mini = Repository.PathOf("models", "gpt2-mini");

    private TemporaryFolder _folder = null!;

    private string Target => _folder.In("model.onnx");

    [SetUp]
    public void CreateFolder() => _folder = new();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void Write_WithAManifest_KeepsItAndSetsTheToleranceOfItsSelfTest()
    {
        using BaseModel mini = BaseModel.Open(Mini);
        SelfTest selfTest = new() { Cases = [new() { Title = "t", Content = "c", InputIds = [83, 628, 66], Logits = [0.5f, -0.5f] }] };
        Manifest trained = TestAdapter.Manifest(mini) with { SelfTest = selfTest, Temperature = 1.5, MaxTokens = 64 };
        TestAdapter.Save(_folder.In("adapter"), mini.Config, trained);

        OnnxExportReport report = OnnxExport.Write(Mini, _folder.In("adapter"), new(), Target, CancellationToken.None);
        var metadata = new OnnxFile(File.ReadAllBytes(Target)).Metadata;
        Manifest written = Manifest.Parse(System.Text.Encoding.UTF8.GetBytes(metadata[Manifest.MetadataKey]), Target);

        Assert.That(report.Labels, Is.EqualTo(new[] { "fake", "real" }));
        Assert.That(report.Bytes, Is.EqualTo(new FileInfo(Target).Length));
        Assert.That(written.SelfTest!.Tolerance, Is.EqualTo(2e-5));
        Assert.That(written.SelfTest.Cases[0].InputIds, Is.EqualTo(new[] { 83, 628, 66 }));
        Assert.That((written.Temperature, written.MaxTokens, written.PadTokenId), Is.EqualTo((1.5, 64, 50256)));
        Assert.That(written.BaseModelSha256, Is.EqualTo(mini.ComputeSha256()));
        Assert.That(metadata.Keys, Is.EqualTo(new[] { "fakenews.json", "vocab.json", "merges.txt", "README.md" }));
        Assert.That(metadata["merges.txt"], Is.EqualTo(File.ReadAllText(Path.Combine(Mini, "merges.txt"))));
        Assert.That(metadata["vocab.json"], Is.EqualTo(File.ReadAllText(Path.Combine(Mini, "vocab.json"))));
    }

    [Test]
    public void Write_WithAManifestAndLabels_RenamesThem()
    {
        using BaseModel mini = BaseModel.Open(Mini);
        TestAdapter.Save(_folder.In("adapter"), mini.Config, TestAdapter.Manifest(mini));

        OnnxExportReport report = OnnxExport.Write(Mini, _folder.In("adapter"), new() { Labels = LabelMap.Parse("falsch,wahr") }, Target, CancellationToken.None);

        Assert.That(report.Labels, Is.EqualTo(new[] { "falsch", "wahr" }));
        Assert.That(ReadManifest().Labels, Is.EqualTo(new[] { "falsch", "wahr" }));
    }

    [Test]
    public void Write_WithoutAManifestAndTokenizer_TakesTheConfigurationsPadAndPositions()
    {
        OnnxExport.Write(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter, new() { Labels = LabelMap.Default }, Target, CancellationToken.None);

        Manifest manifest = ReadManifest();

        Assert.That((manifest.PadTokenId, manifest.MaxTokens, manifest.Temperature), Is.EqualTo((299, 64, 1)));
        Assert.That(manifest.SelfTest, Is.Null);
        Assert.That(manifest.TokenizerSha256, Is.Null);
        Assert.That(new OnnxFile(File.ReadAllBytes(Target)).Metadata.Keys, Is.EqualTo(new[] { "fakenews.json" }));
    }

    [Test]
    public void Write_WithoutAManifest_TakesLabelsFromTheConfiguration()
    {
        string directory = Directory.CreateDirectory(_folder.In("base")).FullName;
        string config = File.ReadAllText(ReferenceModel.Tiny.PathOf("base_seqcls/config.json"));
        File.WriteAllText(Path.Combine(directory, "config.json"), config.Insert(1, """ "id2label": { "1": "real", "0": "fake" },"""));
        File.Copy(ReferenceModel.Tiny.PathOf("base_seqcls/model.safetensors"), Path.Combine(directory, "model.safetensors"));

        OnnxExport.Write(directory, null, new(), Target, CancellationToken.None);

        Assert.That(ReadManifest().Labels, Is.EqualTo(new[] { "fake", "real" }));
    }

    [Test]
    public void TheFile_LoadsInOnnxRuntimeWithoutAWarning()
    {
        OnnxExport.Write(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter, new() { Labels = LabelMap.Default }, Target, CancellationToken.None);

        OnnxRuntimeLog.Messages.Clear();
        using (new OnnxClassifier(Target))
        {
        }

        Assert.That(OnnxRuntimeLog.Messages, Is.Empty);
    }

    private Manifest ReadManifest() =>
        Manifest.Parse(System.Text.Encoding.UTF8.GetBytes(new OnnxFile(File.ReadAllBytes(Target)).Metadata[Manifest.MetadataKey]), Target);
}
