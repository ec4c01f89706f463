namespace FakeNewsOnnx.Inference;

/// <summary>
/// Batches for a GPU: rows of like length go together, so that few pads are computed. Only for fp32 and fp16, whose rows
/// do not know of one another; dynamic int8 takes one scale over the whole batch, so that a row's logits would depend
/// on its neighbours.
/// </summary>
internal static class Packing
{
    /// <summary>The rows of each batch, by their places.</summary>
    /// <param name="lengths">The tokens of each row.</param>
    /// <param name="tokenBudget">The most tokens of a batch, pads included; a longer row goes alone.</param>
    public static IEnumerable<int[]> Batches(IReadOnlyList<int> lengths, int tokenBudget)
    {
        var batch = new List<int>();
        foreach (int row in Enumerable.Range(0, lengths.Count).OrderBy(row => lengths[row]))
        {
            // In this order a batch's last row is its longest.
            if (batch.Count > 0 && (long)(batch.Count + 1) * lengths[row] > tokenBudget)
            {
                yield return [.. batch];
                batch.Clear();
            }

            batch.Add(row);
        }

        if (batch.Count > 0)
        {
            yield return [.. batch];
        }
    }

    /// <summary>The logits of each row, in the rows' order.</summary>
    /// <param name="rows">Token ids without padding.</param>
    /// <param name="padTokenId">Fills a batch's shorter rows.</param>
    /// <param name="tokenBudget">The most tokens of a batch, pads included.</param>
    /// <param name="computeLogits">Runs a batch: [rows × labels] logits.</param>
    public static float[][] ComputeLogits(IReadOnlyList<int[]> rows, int padTokenId, int tokenBudget, Func<TokenBatch, float[]> computeLogits)
    {
        var logits = new float[rows.Count][];
        foreach (int[] batch in Batches([.. rows.Select(row => row.Length)], tokenBudget))
        {
            float[] values = computeLogits(TokenBatch.Pack([.. batch.Select(row => rows[row])], padTokenId));
            foreach (var (place, row) in values.Chunk(values.Length / batch.Length).Zip(batch))
            {
                logits[row] = place;
            }
        }

        return logits;
    }
}
