using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Distributed;
using FakeNewsOnnx.Train.Model;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Evaluation;

/// <summary>What a model makes of labelled articles.</summary>
/// <param name="Loss">Mean cross-entropy over the articles.</param>
/// <param name="Accuracy">Part of the articles whose highest logit is their label's.</param>
/// <param name="Logits">One row for each article, in the order given.</param>
internal sealed record EvaluationResult(double Loss, double Accuracy, float[][] Logits);

/// <summary>Measures a model on labelled articles.</summary>
internal static class Evaluator
{
    /// <summary>Runs the model without dropout and without gradients over all articles, the last ones too.</summary>
    /// <remarks>Batches hold articles of similar length, which changes no result: padding is never attended to.</remarks>
    /// <param name="model">Is put into evaluation mode.</param>
    /// <param name="examples">All of them are measured.</param>
    /// <param name="batching">How many articles, and how many tokens with padding, run at once at most.</param>
    /// <param name="padTokenId">Fills the rows.</param>
    /// <param name="onRows">Is told how many articles are done; null for nobody.</param>
    /// <param name="cancellation">Looked at before each batch.</param>
    /// <param name="ranks">The processes that share the articles, each of which gets the whole result; null for this one alone.</param>
    public static EvaluationResult Run(
        Gpt2ForSequenceClassification model, IReadOnlyList<Example> examples, (int Rows, int? Tokens) batching, int padTokenId, Action<int>? onRows, CancellationToken cancellation, Ranks? ranks = null)
    {
        ranks ??= Ranks.Alone;
        model.eval();
        using var _ = no_grad();
        var logits = new float[examples.Count][];
        int done = 0;
        var batches = ranks.Share([.. Enumerable.Range(0, examples.Count)], i => examples[i].TokenCount).OrderByDescending(i => examples[i].TokenCount)
            .Chunk(batching.Rows).SelectMany(batch => TokenBudget.Split(batch, i => examples[i].TokenCount, batching.Tokens));
        foreach (IReadOnlyList<int> batch in batches.TakeWhile(_ => !cancellation.IsCancellationRequested))
        {
            foreach (var (i, row) in batch.Zip(BatchLogits.Compute(model, [.. batch.Select(i => examples[i].InputIds)], padTokenId)))
            {
                logits[i] = row;
            }

            done += batch.Count * ranks.Size;
            onRows?.Invoke(Math.Min(done, examples.Count));
        }

        return ranks.Any(cancellation.IsCancellationRequested) ? throw new OperationCanceledException(cancellation) : From(ranks.Complete(logits, model.Labels), examples);
    }

    private static EvaluationResult From(float[][] logits, IReadOnlyList<Example> examples) => new(
        logits.Zip(examples, (row, example) => CrossEntropy(row, example.Label)).Average(),
        logits.Zip(examples, (row, example) => row.IndexOf(row.Max()) == example.Label ? 1.0 : 0).Average(),
        logits);

    private static double CrossEntropy(float[] logits, int label)
    {
        double max = logits.Max();
        return max + Math.Log(logits.Sum(logit => Math.Exp(logit - max))) - logits[label];
    }
}
