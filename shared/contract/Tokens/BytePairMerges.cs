using System.Runtime.InteropServices;

namespace FakeNewsOnnx;

/// <summary>
/// Byte-pair merging (Sennrich et al., 2016): the pair of neighbours that was learned first becomes one token, leftmost
/// first, until no pair is left. A heap of pairs over a linked list takes O(n log n), so that an article that is one
/// word of a million letters costs no more than any other; Microsoft.ML.Tokenizers' <c>BpeTokenizer</c>, which the tests
/// compare this with, takes O(n²).
/// </summary>
/// <param name="byteTokens">[256] the token id of each byte.</param>
/// <param name="merges">(left id, right id) → (rank, id of the merged token).</param>
internal sealed class BytePairMerges(int[] byteTokens, Dictionary<(int Left, int Right), (int Rank, int Merged)> merges)
{
    private const int None = -1;
    private const int LongWord = 1 << 16;

    private readonly Lock _longWord = new();

    /// <summary>Appends the token ids of one word. It takes up to 60 bytes of memory for each of the word's; of long words, one at a time is worked on, whatever the number of threads.</summary>
    /// <param name="word">The word's UTF-8 bytes, at least one.</param>
    /// <param name="ids">Receives the ids.</param>
    public void Encode(ReadOnlySpan<byte> word, List<int> ids)
    {
        if (word.Length < LongWord)
        {
            Merge(word, ids);
            return;
        }

        lock (_longWord)
        {
            Merge(word, ids);
        }
    }

    private void Merge(ReadOnlySpan<byte> word, List<int> ids)
    {
        var symbols = new Symbol[word.Length];
        for (int i = 0; i < symbols.Length; i++)
        {
            symbols[i] = new(byteTokens[word[i]], i - 1, i + 1 < symbols.Length ? i + 1 : None);
        }

        // The position of a pair's left half, by the pair's rank and then from left to right.
        var pairs = new PriorityQueue<int, (int Rank, int Position)>(word.Length);
        for (int i = 0; i < symbols.Length; i++)
        {
            EnqueuePair(symbols, i, pairs);
        }

        while (pairs.TryDequeue(out int left, out var priority))
        {
            // An older merge may have taken either half since this pair was found.
            if (TryFindMerge(symbols, left, out var merge) && merge.Rank == priority.Rank)
            {
                int right = symbols[left].Next;
                int next = symbols[right].Next;
                symbols[left] = symbols[left] with { Id = merge.Merged, Next = next };
                symbols[right] = symbols[right] with { Id = None, Next = None };
                if (next != None)
                {
                    symbols[next] = symbols[next] with { Previous = left };
                }

                EnqueuePair(symbols, left, pairs);
                EnqueuePair(symbols, symbols[left].Previous, pairs);
            }
        }

        for (int i = 0; i != None; i = symbols[i].Next)
        {
            ids.Add(symbols[i].Id);
        }
    }

    private void EnqueuePair(Symbol[] symbols, int left, PriorityQueue<int, (int Rank, int Position)> pairs)
    {
        if (left != None && TryFindMerge(symbols, left, out var merge))
        {
            pairs.Enqueue(left, (merge.Rank, left));
        }
    }

    private bool TryFindMerge(Symbol[] symbols, int left, out (int Rank, int Merged) merge)
    {
        int right = symbols[left].Next;
        merge = default;
        return right != None && merges.TryGetValue((symbols[left].Id, symbols[right].Id), out merge);
    }

    /// <summary>One token of the word so far; positions are those of the tokens' first bytes.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Symbol(int Id, int Previous, int Next);
}
