namespace FakeNewsOnnx.Export;

/// <summary>Tokens that a transformer block computes.</summary>
/// <param name="Bias">Added to their attention scores: [B, 1, T, T] for all, [B, 1, 1, T] for the pooled one.</param>
/// <param name="Index">The pooled token's position [B, 1, 1]; null for all tokens.</param>
internal readonly record struct Queries(Value Bias, Value? Index)
{
    /// <summary>The query blocks of a long article, where <see cref="Bias"/> is the first one's; null for whole attention at any length.</summary>
    public QueryBlocks? Blocks { get; init; }
}

/// <summary>
/// Causal attention without the scores that the mask removes: b queries at a time, i·b to (i+1)·b−1, against the keys 0 to (i+1)·b−1.
/// </summary>
/// <param name="AreNeeded">bool [1]: T &gt; b. A shorter article is one block.</param>
/// <param name="Items">The blocks in order, up to the model's last position.</param>
internal sealed record QueryBlocks(Value AreNeeded, IReadOnlyList<QueryBlock> Items);

/// <summary>Consecutive queries, and the keys up to the last of them. A block that begins beyond T is empty.</summary>
/// <param name="Bias">Added to the scores: [B, 1, queries, keys].</param>
/// <param name="Start">Position of the first query: int64 [1].</param>
/// <param name="End">Position behind the last query: int64 [1].</param>
/// <param name="KeyEnd">Position behind the last key, 0 in an empty block: int64 [1]; null for all keys.</param>
internal readonly record struct QueryBlock(Value Bias, Value Start, Value End, Value? KeyEnd);
