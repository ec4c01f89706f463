using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Train.Model;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>One classifier in three forms: TorchSharp with the adapter, TorchSharp on merged weights, ONNX Runtime.</summary>
internal sealed class ChainParityTests
{
    /// <summary>Relative to max(1, max |logit|); a forgotten merge moves the logits of tiny by 0.9.</summary>
    private const double Tolerance = 2e-5;

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = new();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [TestCase("tiny")]
    [TestCase("small")]
    public void ReferenceBatches_GiveOneAnswer(string name)
    {
        var reference = new ReferenceModel(name);
        AssertOneAnswer(reference.Base, reference.Adapter, reference.Batches);
    }

    /// <summary>Whole articles of the sample, up to 1024 tokens, with the base that ships and an adapter whose every weight is at work.</summary>
    [Test]
    public void RealArticles_GiveOneAnswer()
    {
        string mini = Repository.PathOf("models", "gpt2-mini"), adapter = _folder.In("adapter");
        using BaseModel baseModel = BaseModel.Open(mini);
        Gpt2Tokenizer tokenizer = baseModel.RequireTokenizer();
        WriteRandomAdapter(baseModel, adapter);
        using CsvArticleReader reader = CsvArticleReader.Open(Repository.PathOf("samples", "horne-adali-2017.csv"));
        ReferenceBatch[] articles = [.. reader.ReadValidRows().Where((_, i) => i % 30 == 0).Select(row => tokenizer.Encode(row.Article!, 1024).InputIds)
            .Select((ids, i) => new ReferenceBatch($"article {i}", [[.. ids.Select(id => (long)id)]], null, [], []))];
        Assert.That(articles.Max(article => article.InputIds[0].Length), Is.EqualTo(1024));
        AssertOneAnswer(mini, adapter, articles);
    }

    private static void WriteRandomAdapter(BaseModel baseModel, string target)
    {
        manual_seed(1);
        var lora = new LoraConfig(4, 32, TargetModules: new(["c_attn", "c_proj"]), ModulesToSave: ["score"]);
        using Gpt2ForSequenceClassification model = ModelLoader.Build(baseModel, lora, null, 2, 50256);
        using (no_grad())
        {
            foreach (var (name, parameter) in ModelLoader.Trainable(model).Where(entry => entry.Name.Contains("lora_B", StringComparison.Ordinal)))
            {
                nn.init.normal_(parameter, 0, 0.01);
            }
        }

        AdapterDirectory.Save(target, lora, ModelLoader.ToFloatTensors(model), Export.TestAdapter.Manifest(baseModel), "");
    }

    private void AssertOneAnswer(string baseDirectory, string adapterDirectory, IReadOnlyList<ReferenceBatch> batches)
    {
        string mergedDirectory = _folder.In("merged");
        MergedBase.Write(baseDirectory, adapterDirectory, mergedDirectory);
        using BaseModel baseModel = BaseModel.Open(baseDirectory), mergedModel = BaseModel.Open(mergedDirectory);
        using AdapterDirectory adapter = AdapterDirectory.Open(adapterDirectory, baseModel.Config);
        int pad = baseModel.Config.EffectivePadTokenId;
        using Gpt2ForSequenceClassification unmerged = ModelLoader.Build(baseModel, adapter.Config, adapter, 2, pad);
        using Gpt2ForSequenceClassification merged = ModelLoader.Build(mergedModel, null, null, 2, pad);
        using var onnx = new OnnxClassifier(ReferenceModel.Export(baseDirectory, adapterDirectory));
        foreach (ReferenceBatch batch in batches.Where(batch => batch.IsRightPadded))
        {
            float[][] withAdapter = TorchLogits.Run(unmerged, batch), onMerged = TorchLogits.Run(merged, batch), inOnnx = onnx.Run(batch);
            for (int row = 0; row < batch.InputIds.Length; row++)
            {
                if (batch.IsDefined(row))
                {
                    double allowed = Tolerance * Math.Max(1, withAdapter[row].Max(Math.Abs));
                    Assert.That(onMerged[row], Is.EqualTo(withAdapter[row]).Within(allowed), $"merged, {batch}, row {row}");
                    Assert.That(inOnnx[row], Is.EqualTo(withAdapter[row]).Within(allowed), $"ONNX, {batch}, row {row}");
                }
            }
        }
    }
}
