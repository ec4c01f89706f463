using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Model;

/// <summary>Runs token rows of any lengths through a model.</summary>
internal static class BatchLogits
{
    /// <summary>Returns the logits of each row; all rows run as one right-padded batch.</summary>
    /// <param name="model">The model, as it is: call <c>eval()</c> first for no dropout.</param>
    /// <param name="rows">Token ids, at least one row.</param>
    /// <param name="padTokenId">Fills the shorter rows.</param>
    public static float[][] Compute(Gpt2ForSequenceClassification model, IReadOnlyList<int[]> rows, int padTokenId)
    {
        using var scope = NewDisposeScope();
        TokenBatch batch = TokenBatch.Pack(rows, padTokenId);
        Tensor logits = model.forward(tensor(batch.InputIds, [batch.Rows, batch.Columns], device: model.Device)).cpu();
        float[] values = logits.data<float>().ToArray();
        return [.. values.Chunk(values.Length / batch.Rows)];
    }
}
