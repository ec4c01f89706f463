using System.Text.Json.Nodes;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Tests.Parity;
using FakeNewsOnnx.Train.Model;

namespace FakeNewsOnnx.Tests.Export;

/// <summary><c>export merged</c> against what PEFT's merge_and_unload and Transformers' save_pretrained wrote.</summary>
internal sealed class MergedCommandTests
{
    private TemporaryFolder _folder = null!;

    private string Target => _folder.In("merged");

    [SetUp]
    public void CreateFolder() => _folder = new();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void Tiny_IsTransformersDirectory()
    {
        Write(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter);

        using SafetensorsFile found = SafetensorsFile.Open(Path.Combine(Target, "model.safetensors"));
        using SafetensorsFile expected = SafetensorsFile.Open(ReferenceModel.Tiny.PathOf("merged/model.safetensors"));
        Assert.That(found.Metadata, Is.EquivalentTo(expected.Metadata));
        Assert.That(found.Tensors.Keys, Is.EquivalentTo(expected.Tensors.Keys));
        foreach (var (key, tensor) in expected.Tensors)
        {
            Assert.That((found.Tensors[key].Type, found.Tensors[key].ShapeText, found.Tensors[key].Offset), Is.EqualTo((tensor.Type, tensor.ShapeText, tensor.Offset)), key);
            Assert.That(found.ReadFloats(key), Is.EqualTo(expected.ReadFloats(key)).Within(1e-6), key);
        }
    }

    /// <summary>What Transformers' own configuration of the merged model says is there, but for what is of Transformers alone or has its default; and the labels besides.</summary>
    [Test]
    public void Configuration_MakesTheBaseAClassifier()
    {
        Write(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter);

        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(Target, "config.json")))!.AsObject();
        Assert.That(config["architectures"]!.ToJsonString(), Is.EqualTo("""["GPT2ForSequenceClassification"]"""));
        Assert.That(config["id2label"]!.ToJsonString(), Is.EqualTo("""{"0":"fake","1":"real"}"""));
        Assert.That(config["label2id"]!.ToJsonString(), Is.EqualTo("""{"fake":0,"real":1}"""));
        string[] leftOut = ["_name_or_path", "n_inner", "reorder_and_upcast_attn", "scale_attn_by_inverse_layer_idx", "scale_attn_weights", "transformers_version", "use_cache"];
        foreach (var (key, value) in JsonNode.Parse(File.ReadAllText(ReferenceModel.Tiny.PathOf("merged/config.json")))!.AsObject().Where(entry => !leftOut.Contains(entry.Key)))
        {
            Assert.That(JsonNode.DeepEquals(config[key], value), Is.True, key);
        }

        Assert.That(config.Select(entry => entry.Key), Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal));
        Assert.That(config["pad_token_id"]!.GetValue<int>(), Is.EqualTo(299));
    }

    [Test]
    public void TheDirectory_IsABaseAgain()
    {
        Write(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter);

        using BaseModel merged = BaseModel.Open(Target);
        using Gpt2ForSequenceClassification model = ModelLoader.Build(merged, null, null, 2, merged.Config.EffectivePadTokenId);
        using var onnx = new OnnxClassifier(ReferenceModel.Export(Target, null));
        foreach (ReferenceBatch batch in ReferenceModel.Tiny.Batches)
        {
            float[][] logits = batch.IsRightPadded ? TorchLogits.Run(model, batch) : [];
            for (int row = 0; row < logits.Length; row++)
            {
                Assert.That(logits[row], batch.IsDefined(row) ? Is.EqualTo(batch.PeftLogits[row]).Within(5e-6) : Has.All.Not.NaN, $"{batch}, row {row}");
            }

            Assert.That(onnx.Difference(batch, batch.PeftLogits), Is.LessThanOrEqualTo(5e-6), $"ONNX, {batch}");
        }
    }

    [Test]
    public void TheBasesTokenizer_ComesAlong()
    {
        string mini = Repository.PathOf("models", "gpt2-mini");
        using (BaseModel baseModel = BaseModel.Open(mini))
        {
            TestAdapter.Save(_folder.In("adapter"), baseModel.Config, TestAdapter.Manifest(baseModel));
        }

        MergedExportReport report = MergedExport.Write(mini, _folder.In("adapter"), null, Target, CancellationToken.None);

        Assert.That(report.Files, Is.EqualTo(new[] { "config.json", "merges.txt", "model.safetensors", "vocab.json" }));
        Assert.That(File.ReadAllBytes(Path.Combine(Target, "vocab.json")), Is.EqualTo(File.ReadAllBytes(Path.Combine(mini, "vocab.json"))));
    }

    [Test]
    public void ADirectoryThatIsInUse_StaysAsItIs()
    {
        string file = _folder.Write("merged/notes.txt", "mine");

        Assert.That(() => Write(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter), Throws.TypeOf<UsageException>().With.Message.EqualTo($"{Target}: expected a new or empty directory; something is there already."));
        Assert.That(File.ReadAllText(file), Is.EqualTo("mine"));
    }

    [Test]
    public void AFailure_LeavesNothingBehind()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.That(() => MergedExport.Write(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter, LabelMap.Default, Target, cancelled.Token), Throws.TypeOf<OperationCanceledException>());
        Assert.That(Directory.EnumerateFileSystemEntries(_folder.Path), Is.Empty);
    }

    private void Write(string baseDirectory, string adapterDirectory) => MergedExport.Write(baseDirectory, adapterDirectory, LabelMap.Default, Target, CancellationToken.None);
}
