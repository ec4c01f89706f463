namespace FakeNewsOnnx;

/// <summary>Token rows of unequal length as one right-padded rectangle, row by row.</summary>
/// <param name="InputIds">[rows × columns] token ids; pads on the right.</param>
/// <param name="AttentionMask">[rows × columns]: 1 for a token, 0 for a pad.</param>
/// <param name="Rows">How many articles.</param>
/// <param name="Columns">The longest row's length, at least 1.</param>
public sealed record TokenBatch(long[] InputIds, long[] AttentionMask, int Rows, int Columns)
{
    /// <summary>
    /// Packs rows, padded to the longest. Positions are 0..T−1, so with causal attention a pad on the right never
    /// reaches a token. A batch of empty rows gets one column of pads.
    /// </summary>
    public static TokenBatch Pack(IReadOnlyList<int[]> rows, int padTokenId)
    {
        ArgumentNullException.ThrowIfNull(rows);
        int columns = Math.Max(1, rows.Count == 0 ? 1 : rows.Max(row => row.Length));
        var ids = new long[rows.Count * columns];
        var mask = new long[ids.Length];
        Array.Fill(ids, padTokenId);
        for (int r = 0; r < rows.Count; r++)
        {
            int start = r * columns;
            for (int c = 0; c < rows[r].Length; c++)
            {
                ids[start + c] = rows[r][c];
                mask[start + c] = 1;
            }
        }

        return new(ids, mask, rows.Count, columns);
    }
}
