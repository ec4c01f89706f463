namespace FakeNewsOnnx.Train.Data;

/// <summary>Splits batches so that memory is bounded by tokens.</summary>
internal static class TokenBudget
{
    /// <summary>Splits a batch into parts that fit a budget when padded to their longest article; an article longer than the budget is a part of its own.</summary>
    /// <param name="batch">Any articles; an empty batch has no part.</param>
    /// <param name="lengthOf">Number of tokens of an article.</param>
    /// <param name="maxTokens">Most tokens of a part, padding included; null for one part.</param>
    public static IEnumerable<IReadOnlyList<T>> Split<T>(IReadOnlyList<T> batch, Func<T, int> lengthOf, int? maxTokens)
    {
        if (batch.Count == 0)
        {
            yield break;
        }

        if (maxTokens is not { } budget)
        {
            yield return batch;
            yield break;
        }

        var part = new List<T>();
        foreach (T item in batch.OrderByDescending(lengthOf))
        {
            if (part.Count > 0 && (long)(part.Count + 1) * lengthOf(part[0]) > budget)
            {
                yield return part;
                part = [];
            }

            part.Add(item);
        }

        yield return part;
    }
}
