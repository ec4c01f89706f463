using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Training;

/// <summary>What a model makes of labelled articles.</summary>
/// <param name="Loss">Mean cross-entropy over the articles.</param>
/// <param name="Accuracy">Part of the articles whose highest logit is their label's.</param>
/// <param name="Logits">One row for each article, in the order given.</param>
internal sealed record Evaluation(double Loss, double Accuracy, float[][] Logits)
{
    /// <summary>Runs the model without dropout and without gradients over all articles, the last ones too.</summary>
    /// <remarks>Batches hold articles of similar length, which changes no result: padding is never attended to.</remarks>
    public static Evaluation Run(Gpt2ForSequenceClassification model, IReadOnlyList<Example> examples, int batchSize, int padTokenId, CancellationToken cancellation)
    {
        model.eval();
        using var _ = no_grad();
        var logits = new float[examples.Count][];
        double loss = 0;
        int correct = 0;
        foreach (int[] batch in Enumerable.Range(0, examples.Count).OrderBy(i => examples[i].InputIds.Length).Chunk(batchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var (i, row) in batch.Zip(RunBatch(model, [.. batch.Select(i => examples[i].InputIds)], padTokenId)))
            {
                logits[i] = row;
                loss += CrossEntropy(row, examples[i].Label);
                correct += row.IndexOf(row.Max()) == examples[i].Label ? 1 : 0;
            }
        }

        return new(loss / examples.Count, (double)correct / examples.Count, logits);
    }

    /// <summary>The logits of token rows that run as one right-padded batch.</summary>
    public static float[][] RunBatch(Gpt2ForSequenceClassification model, IReadOnlyList<int[]> rows, int padTokenId)
    {
        using var scope = NewDisposeScope();
        TokenBatch batch = TokenBatch.Pack(rows, padTokenId);
        Tensor logits = model.forward(tensor(batch.InputIds, [batch.Rows, batch.Columns]), null);
        float[] values = logits.data<float>().ToArray();
        return [.. values.Chunk(values.Length / batch.Rows)];
    }

    private static double CrossEntropy(float[] logits, int label)
    {
        double max = logits.Max();
        return max + Math.Log(logits.Sum(logit => Math.Exp(logit - max))) - logits[label];
    }
}
