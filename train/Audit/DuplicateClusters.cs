using System.Runtime.InteropServices;

namespace FakeNewsOnnx.Train.Audit;

/// <summary>
/// Groups of texts that are copies of one another, word for word or nearly. Locality-sensitive hashing compares only texts
/// that agree in one band of their MinHashes (Indyk and Motwani 1998): a pair at the threshold is missed once in 20 million.
/// Time grows with n log n; memory is 20 bytes a text besides the fingerprints.
/// </summary>
internal sealed class DuplicateClusters
{
    /// <summary>Texts that share at least this part of their runs of words are near duplicates.</summary>
    public const double Threshold = 0.8;

    private const int RowsPerBand = 4;

    /// <summary>In one band, a text is compared with at most so many that are unlike one another.</summary>
    private const int MaxComparisons = 32;

    private readonly int[] _first;

    private DuplicateClusters(int[] first) => _first = first;

    /// <summary>The first text, in their order, of each group of at least two, with all that are in the group.</summary>
    public IEnumerable<IGrouping<int, int>> Groups => Enumerable.Range(0, _first.Length).GroupBy(FirstOf).Where(group => group.Skip(1).Any());

    /// <summary>Compares all texts.</summary>
    public static DuplicateClusters Of(IReadOnlyList<Fingerprint> texts)
    {
        var clusters = new DuplicateClusters([.. Enumerable.Range(0, texts.Count)]);
        var firstOfWords = new Dictionary<ulong, int>();
        var different = new List<int>();
        foreach (var (i, text) in texts.Index())
        {
            if (firstOfWords.TryAdd(text.Words, i))
            {
                different.Add(i);
            }
            else
            {
                clusters.Join(firstOfWords[text.Words], i);
            }
        }

        ulong[] keys = new ulong[different.Count];
        int[] order = new int[different.Count];
        for (int band = 0; band < Fingerprint.Permutations / RowsPerBand; band++)
        {
            for (int i = 0; i < keys.Length; i++)
            {
                order[i] = different[i];
                keys[i] = KeyOf(texts[order[i]].MinHashes.AsSpan(band * RowsPerBand, RowsPerBand));
            }

            Array.Sort(keys, order);
            for (int start = 0, end; start < keys.Length; start = end)
            {
                end = start + 1;
                while (end < keys.Length && keys[end] == keys[start])
                {
                    end++;
                }

                clusters.Compare(order.AsSpan(start, end - start), texts);
            }
        }

        return clusters;
    }

    /// <summary>The first text of the group that a text belongs to; itself if it has no copy before it.</summary>
    public int FirstOf(int text)
    {
        while (_first[text] != text)
        {
            text = _first[text] = _first[_first[text]];
        }

        return text;
    }

    private static ulong KeyOf(ReadOnlySpan<ushort> band) => MemoryMarshal.Read<ulong>(MemoryMarshal.AsBytes(band)); // 4 × 16 bits

    private void Compare(Span<int> bucket, IReadOnlyList<Fingerprint> texts)
    {
        bucket.Sort();
        var unlike = new List<int>();
        foreach (int text in bucket)
        {
            bool isNew = true;
            foreach (int other in unlike)
            {
                if (FirstOf(other) == FirstOf(text) || texts[other].SimilarityTo(texts[text]) >= Threshold)
                {
                    Join(other, text);
                    isNew = false;
                }
            }

            if (isNew && unlike.Count < MaxComparisons)
            {
                unlike.Add(text);
            }
        }
    }

    private void Join(int one, int other)
    {
        (one, other) = (FirstOf(one), FirstOf(other));
        _first[Math.Max(one, other)] = Math.Min(one, other);
    }
}
