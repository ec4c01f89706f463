using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Train.Model;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>The model in TorchSharp against Transformers and PEFT in double precision, on batches that are padded on the right; <see cref="OnnxParityTests"/> has the others.</summary>
internal sealed class TorchParityTests
{
    private static readonly string Tiny = Repository.PathOf("tests", "Fixtures", "tiny");
    private static readonly string Small = Repository.PathOf("tests", "Fixtures", "small");

    [TestCaseSource(nameof(TinyBatches))]
    public void Tiny_WithTheAdapter_GivesPeftsLogits(ReferenceBatch batch)
    {
        using Gpt2ForSequenceClassification model = WithAdapter(Path.Combine(Tiny, "base"), Path.Combine(Tiny, "adapter"));
        AssertLogits(model, batch, batch.PeftLogits, 5e-6);
    }

    [TestCaseSource(nameof(TinyBatches))]
    public void Tiny_WithoutAnAdapter_GivesTheBasesLogits(ReferenceBatch batch)
    {
        using BaseModel @base = BaseModel.Open(Path.Combine(Tiny, "base_seqcls"));
        using Gpt2ForSequenceClassification model = ModelLoader.Build(@base, null, null, 2, @base.Config.EffectivePadTokenId);
        AssertLogits(model, batch, batch.BaseLogits, 5e-6);
    }

    [TestCaseSource(nameof(TinyBatches))]
    public void Tiny_OnMergedWeights_GivesPeftsLogits(ReferenceBatch batch)
    {
        using BaseModel merged = BaseModel.Open(Path.Combine(Tiny, "merged"));
        using Gpt2ForSequenceClassification model = ModelLoader.Build(merged, null, null, 2, merged.Config.EffectivePadTokenId);
        AssertLogits(model, batch, batch.PeftLogits, 5e-6);
    }

    [TestCaseSource(nameof(SmallBatches))]
    public void Small_WithTheAdapter_GivesPeftsLogits(ReferenceBatch batch)
    {
        using Gpt2ForSequenceClassification model = WithAdapter(Path.Combine(Small, "base"), Path.Combine(Small, "adapter"));
        AssertLogits(model, batch, batch.PeftLogits, 1e-5);
    }

    [TestCaseSource(nameof(TinyBatches))]
    public void Tiny_HiddenStates_AreTransformers(ReferenceBatch batch)
    {
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(Tiny, "expected_hidden.safetensors"));
        using Gpt2ForSequenceClassification model = WithAdapter(Path.Combine(Tiny, "base"), Path.Combine(Tiny, "adapter"));
        model.eval();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        float[] hidden = WholeLastBlock.Hidden(model, TorchLogits.ToTensor(batch.InputIds)).contiguous().data<float>().ToArray();
        float[] reference = expected.ReadFloats($"{batch.Name}.peft.last_hidden");
        int width = hidden.Length / batch.InputIds.Sum(row => row.Length);
        var tokens = batch.InputIds.SelectMany((row, i) => row.Select((_, t) => (Row: i, Token: t, IsPad: batch.AttentionMask?[i][t] == 0)));
        foreach (var (place, token) in tokens.Index().Where(entry => !entry.Item.IsPad)) // no article reads the hidden state of a pad
        {
            Assert.That(hidden[(place * width)..((place + 1) * width)], Is.EqualTo(reference[(place * width)..((place + 1) * width)]).Within(1e-5), $"row {token.Row}, token {token.Token}");
        }
    }

    private static IEnumerable<ReferenceBatch> TinyBatches() => ReferenceBatch.Load(Path.Combine(Tiny, "inputs.json"), Path.Combine(Tiny, "expected.json")).Where(batch => batch.IsRightPadded);

    private static IReadOnlyList<ReferenceBatch> SmallBatches() => ReferenceBatch.Load(Path.Combine(Small, "inputs.json"), Path.Combine(Small, "expected.json"));

    private static Gpt2ForSequenceClassification WithAdapter(string basePath, string adapterPath)
    {
        using BaseModel @base = BaseModel.Open(basePath);
        using AdapterDirectory adapter = AdapterDirectory.Open(adapterPath, @base.Config);
        return ModelLoader.Build(@base, adapter.Config, adapter, adapter.ScoreLabels!.Value, @base.Config.EffectivePadTokenId);
    }

    private static void AssertLogits(Gpt2ForSequenceClassification model, ReferenceBatch batch, double[][] expected, double tolerance)
    {
        float[][] logits = TorchLogits.Run(model, batch);
        for (int row = 0; row < expected.Length; row++)
        {
            Assert.That(logits[row], batch.IsDefined(row) ? Is.EqualTo(expected[row]).Within(tolerance) : Has.All.Not.NaN, $"row {row}");
        }
    }
}
