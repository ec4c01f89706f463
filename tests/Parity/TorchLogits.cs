using FakeNewsOnnx.Train.Model;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>A model in TorchSharp for batches of the reference data that are padded on the right.</summary>
internal static class TorchLogits
{
    /// <summary>The logits' rows.</summary>
    public static float[][] Run(Gpt2ForSequenceClassification model, ReferenceBatch batch)
    {
        Assert.That(batch.IsRightPadded, batch.Name);
        model.eval();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        float[] logits = model.forward(ToTensor(batch.InputIds).to(model.Device)).cpu().data<float>().ToArray();
        return [.. logits.Chunk(logits.Length / batch.InputIds.Length)];
    }

    public static Tensor ToTensor(long[][] rows) => tensor([.. rows.SelectMany(row => row)], [rows.Length, rows[0].Length]);
}
