using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Tests.Parity;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.Model;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Tests.Train;

/// <summary>The last block at the pooled token only, bf16, and evaluation: what they may and may not change.</summary>
internal sealed class PooledTokenTests
{
    private const int Pad = 299;

    private static readonly int[][] Rows = [[5, 9, 200, 31, 7, 7, 120], [7, 250], [3], [18, 44, 261, 90, 12, 5, 5, 5, 31, 2, 77, 8]];

    [Test]
    public void Logits_AreThoseOfTheWholeLastBlock()
    {
        using Gpt2ForSequenceClassification model = Build(ScalarType.Float32);
        using var scope = NewDisposeScope();
        model.eval();
        foreach (ReferenceBatch batch in ReferenceModel.Tiny.Batches.Where(batch => batch.IsRightPadded))
        {
            Tensor ids = TorchLogits.ToTensor(batch.InputIds);
            Tensor last = tensor([.. batch.InputIds.Select(row => (long)Math.Max(0, Array.FindLastIndex(row, id => id != Pad)))]);
            Assert.That((model.forward(ids) - WholeLastBlock.Logits(model, ids, last)).abs().max().item<float>(), Is.LessThan(1e-6), batch.Name);
        }
    }

    /// <summary>bf16 keeps 8 bits of a weight: logits move by a few hundredths, never by more, and never not at all.</summary>
    [Test]
    public void BFloat16_IsCloseToSinglePrecision_InLogitsAndGradients()
    {
        using var scope = NewDisposeScope();
        var (exact, exactGradients) = LogitsAndGradients(ScalarType.Float32);
        var (rounded, gradients) = LogitsAndGradients(ScalarType.BFloat16);
        Assert.That(Differences.Largest(exact, rounded), Is.LessThan(0.05).And.GreaterThan(1e-5));
        foreach (var (name, gradient) in exactGradients)
        {
            double difference = (gradients[name] - gradient).norm().item<float>(), norm = gradient.norm().item<float>();
            Assert.That(difference, Is.LessThan(0.1 * norm), name);
            Assert.That(gradients[name].dtype, Is.EqualTo(ScalarType.Float32), name);
        }
    }

    [TestCase(1, null)]
    [TestCase(3, null)]
    [TestCase(16, 20)]
    public void Evaluation_IsTheSameForAnyBatching(int rows, int? tokens)
    {
        using Gpt2ForSequenceClassification model = Build(ScalarType.Float32);
        Example[] examples = [.. Enumerable.Range(0, 13).Select(i => new Example([.. Rows[i % 4], i], i % 2, i))];
        EvaluationResult expected = Evaluator.Run(model, examples, (16, null), Pad, null, default);
        EvaluationResult found = Evaluator.Run(model, examples, (rows, tokens), Pad, null, default);
        Assert.That(found.Logits, Has.Length.EqualTo(13));
        Assert.That(found.Loss, Is.EqualTo(expected.Loss).Within(1e-5).Percent);
        Assert.That(found.Accuracy, Is.EqualTo(expected.Accuracy));
    }

    [Test]
    public void Logits_AreTheSame_PaddedToTheLongestRowOrToAllPositions()
    {
        using Gpt2ForSequenceClassification model = Build(ScalarType.Float32);
        model.eval();
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        float[][] longest = BatchLogits.Compute(model, Rows, Pad);
        long[][] padded = [.. Rows.Select(row => row.Select(id => (long)id).Concat(Enumerable.Repeat((long)Pad, 64 - row.Length)).ToArray())];
        float[] all = model.forward(TorchLogits.ToTensor(padded)).data<float>().ToArray();
        Assert.That(all, Is.EqualTo(longest.SelectMany(row => row)).Within(1e-6));
    }

    private static (float[] Logits, Dictionary<string, Tensor> Gradients) LogitsAndGradients(ScalarType frozen)
    {
        Gpt2ForSequenceClassification model = Build(frozen);
        model.eval();
        Tensor logits = model.forward(TorchLogits.ToTensor([.. Rows.Select(row => row.Select(id => (long)id).Concat(Enumerable.Repeat((long)Pad, 12 - row.Length)).ToArray())]));
        logits.logsumexp(1).sum().backward();
        return (logits.detach().data<float>().ToArray(), ModelLoader.Trainable(model).ToDictionary(entry => entry.Name, entry => entry.Value.grad!));
    }

    private static Gpt2ForSequenceClassification Build(ScalarType frozen)
    {
        using BaseModel baseModel = BaseModel.Open(ReferenceModel.Tiny.Base);
        using AdapterDirectory adapter = AdapterDirectory.Open(ReferenceModel.Tiny.Adapter, baseModel.Config);
        return ModelLoader.Build(baseModel, adapter.Config, adapter, 2, Pad, dropout: 0, frozen);
    }
}
