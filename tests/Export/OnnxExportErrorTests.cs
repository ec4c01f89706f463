using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Tests.Parity;

namespace FakeNewsOnnx.Tests.Export;

/// <summary>Bad input is an error that says what was expected and found, and no file appears.</summary>
internal sealed class OnnxExportErrorTests
{
    private TemporaryFolder _folder = null!;
    private string _base = null!;
    private string _adapter = null!;

    private string Target => _folder.In("model.onnx");

    [SetUp]
    public void CopyTiny()
    {
        _folder = new();
        _base = Directory.CreateDirectory(_folder.In("base")).FullName;
        _adapter = _folder.In("adapter");
        File.Copy(Path.Combine(ReferenceModel.Tiny.Base, "config.json"), Path.Combine(_base, "config.json"));
        File.Copy(Path.Combine(ReferenceModel.Tiny.Base, "model.safetensors"), Path.Combine(_base, "model.safetensors"));
    }

    [TearDown]
    public void NothingIsLeft()
    {
        string[] left = Directory.GetFiles(_folder.Path);
        _folder.Dispose();
        Assert.That(left, Is.Empty);
    }

    [Test]
    public void AMissingTensor()
    {
        RewriteBase(weights => weights.Where(weight => weight.Name != "h.1.ln_2.bias"));
        AssertInvalid("missing tensors 'h.1.ln_2.bias'.");
    }

    [Test]
    public void AWrongShape()
    {
        RewriteBase(weights => weights.Select(weight => weight.Name == "h.0.attn.c_attn.weight" ? weight with { Shape = [96, 32] } : weight));
        AssertInvalid("tensor 'h.0.attn.c_attn.weight' must be [32, 96], as config.json says; found [96, 32].");
    }

    [Test]
    public void NaNInAWeight_IsFoundWhileWriting()
    {
        RewriteBase(weights => weights.Select(weight => weight.Name == "ln_f.bias" ? weight with { Read = () => Enumerable.Repeat(float.NaN, 32).ToArray() } : weight));
        AssertInvalid("tensor 'ln_f.bias' [32] must hold finite numbers; element 0 is NaN.");
    }

    [Test]
    public void NoHead() => AssertInvalid("no classifier head: 'score.weight' is not in the base, and no adapter was given.");

    [Test]
    public void AnAdapterForAnotherBase()
    {
        SaveAdapter(manifest => manifest with { BaseModelSha256 = "00ff", BaseModel = "gpt2" });
        AssertInvalid("fakenews.json: the adapter was trained on another base: base_model_sha256 is 00ff (gpt2);", _adapter);
    }

    [Test]
    public void AnAdapterForAnotherTokenizer()
    {
        SaveAdapter(manifest => manifest with { TokenizerSha256 = "00ff" });
        AssertInvalid("the adapter was trained with another tokenizer: tokenizer_sha256 is 00ff;", _adapter);
    }

    [Test]
    public void AnAdapterForMoreBlocks() =>
        AssertInvalid("unknown tensors 'base_model.model.transformer.h.2.attn.c_attn.lora_A.weight'", ReferenceModel.Small.Adapter);

    [Test]
    public void AManifestWithMoreLabelsThanTheHead()
    {
        SaveAdapter(manifest => manifest with { Labels = ["fake", "real", "satire"] });
        AssertInvalid("fakenews.json: labels must be as many as the head has, 2; found 3.", _adapter);
    }

    [Test]
    public void AManifestWithMoreTokensThanPositions()
    {
        SaveAdapter(manifest => manifest with { MaxTokens = 65 });
        AssertInvalid("fakenews.json: max_tokens must be at most the model's 64 positions; found 65.", _adapter);
    }

    [Test]
    public void LabelsThatAreNotAsManyAsTheHeadHas()
    {
        var error = Assert.Throws<UsageException>(() => Export(ReferenceModel.Tiny.Adapter, LabelMap.Parse("fake,real,satire")));
        Assert.That(error!.Message, Is.EqualTo("--labels must name 2 labels, as many as the head has; found 3: 'fake', 'real', 'satire'."));
    }

    [Test]
    public void LabelsThatNobodyNames()
    {
        var error = Assert.Throws<UsageException>(() => Export(ReferenceModel.Tiny.Adapter, null));
        Assert.That(error!.Message, Does.EndWith("give --labels with 2 names, in the order of their ids."));
    }

    [Test]
    public void ATargetInAMissingFolder() =>
        Assert.Throws<DirectoryNotFoundException>(() => OnnxExport.Write(
            _base, ReferenceModel.Tiny.Adapter, new() { Labels = LabelMap.Default }, _folder.In("missing", "model.onnx"), CancellationToken.None));

    [Test]
    public void AWeightThatHalfPrecisionCannotHold()
    {
        RewriteBase(weights => weights.Select(weight => weight.Name == "h.1.mlp.c_fc.bias" ? weight with { Read = () => Enumerable.Repeat(-70_000f, 128).ToArray() } : weight));
        var error = Assert.Throws<InvalidDataException>(() => OnnxExport.Write(
            _base, null, new() { Labels = LabelMap.Default, Precision = Precision.Fp16 }, Target, CancellationToken.None));
        Assert.That(error!.Message, Is.EqualTo(
            "tensor 'h.1.mlp.c_fc.bias' must fit half precision, ±65500; its largest element is 70000. Export it with --keep-fp32 h.1.mlp.c_fc."));
    }

    [Test]
    public void NaNBesideTheModel_LeavesNeitherFile()
    {
        RewriteBase(weights => weights.Select(weight => weight.Name == "ln_f.bias" ? weight with { Read = () => Enumerable.Repeat(float.NaN, 32).ToArray() } : weight));
        Assert.Throws<InvalidDataException>(() => OnnxExport.Write(
            _base, null, new() { Labels = LabelMap.Default, ExternalData = true }, Target, CancellationToken.None));
    }

    [Test]
    public void AModelCardThatIsNoText()
    {
        SaveAdapter(manifest => manifest);
        File.WriteAllBytes(Path.Combine(_adapter, "README.md"), [0xFF, 0xFE]);
        AssertInvalid("README.md: expected UTF-8 text; found other bytes.", _adapter);
    }

    [Test]
    public void AnInterruption_LeavesNothing()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => OnnxExport.Write(
            _base, ReferenceModel.Tiny.Adapter, new() { Labels = LabelMap.Default }, Target, cancelled.Token));
    }

    private void Export(string? adapter, LabelMap? labels) => OnnxExport.Write(_base, adapter, new() { Labels = labels }, Target, CancellationToken.None);

    private void AssertInvalid(string message, string? adapter = null)
    {
        var error = Assert.Throws<InvalidDataException>(() => Export(adapter, LabelMap.Default));
        Assert.That(error!.Message, Does.Contain(message));
    }

    private void SaveAdapter(Func<Manifest, Manifest> change)
    {
        using BaseModel baseModel = BaseModel.Open(_base);
        TestAdapter.Save(_adapter, baseModel.Config, change(TestAdapter.Manifest(baseModel)));
    }

    private void RewriteBase(Func<IEnumerable<FloatTensor>, IEnumerable<FloatTensor>> change)
    {
        using BaseModel original = BaseModel.Open(ReferenceModel.Tiny.PathOf("base_seqcls"));
        var weights = Gpt2Weights.All(original.Config).Append((Name: Gpt2Weights.ScoreWeight, Shape: [2, 32]))
            .Select(weight => new FloatTensor(weight.Name, weight.Shape, () => original.Read(weight.Name)));
        SafetensorsWriter.Write(Path.Combine(_base, "model.safetensors"), change(weights));
    }
}
