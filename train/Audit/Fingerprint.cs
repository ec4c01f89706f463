using System.Numerics;
using System.Runtime.InteropServices;

namespace FakeNewsOnnx.Train.Audit;

/// <summary>What is kept of a text to find its copies: about 280 bytes, whatever its length.</summary>
/// <param name="Words">The same for texts with the same words in the same order.</param>
/// <param name="MinHashes">
/// The least of each of <see cref="Permutations"/> hashes over all runs of <see cref="ShingleWords"/> words (Broder 1997): two
/// texts share as large a part of these as of their runs. Only 16 bits of each are kept (Li and König 2010), which makes unlike ones equal once in 65,536.
/// </param>
internal sealed record Fingerprint(ulong Words, ushort[] MinHashes)
{
    /// <summary>Hashes: the similarity is known to ±0.04 (one standard error, at 0.8).</summary>
    public const int Permutations = 128;

    /// <summary>Words in a run.</summary>
    public const int ShingleWords = 5;

    private static readonly uint[] Factors = [.. Enumerable.Range(1, Permutations).Select(i => (uint)Mix((ulong)i) | 1)];
    private static readonly uint[] Offsets = [.. Enumerable.Range(1, Permutations).Select(i => (uint)(Mix((ulong)i) >> 32))];

    /// <summary>Reads a text once.</summary>
    public static Fingerprint Of(ReadOnlySpan<char> text)
    {
        uint[] least = new uint[Permutations];
        Array.Fill(least, uint.MaxValue);
        Span<ulong> last = stackalloc ulong[ShingleWords];
        ulong all = 0;
        int words = 0;
        foreach (var word in new Words(text))
        {
            ulong hash = Audit.Words.Hash(word);
            all = Mix(all + hash);
            last[words++ % ShingleWords] = hash;
            if (words >= ShingleWords)
            {
                Include(HashRun(last, words), least);
            }
        }

        if (words < ShingleWords)
        {
            Include((uint)(all >> 32), least);
        }

        return new(all, [.. least.Select(hash => (ushort)hash)]);
    }

    /// <summary>An estimate of the part of the runs of words that two texts share (Jaccard), from 0 to 1.</summary>
    public double SimilarityTo(Fingerprint other)
    {
        int same = 0;
        for (int i = 0; i < Permutations; i++)
        {
            same += MinHashes[i] == other.MinHashes[i] ? 1 : 0;
        }

        return (double)same / Permutations;
    }

    /// <summary>A bijection after which every bit depends on every bit (the end of SplitMix64).</summary>
    public static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>A hash of the last words, from the oldest to the newest.</summary>
    private static uint HashRun(ReadOnlySpan<ulong> last, int words)
    {
        ulong hash = 0;
        for (int i = 0; i < ShingleWords; i++)
        {
            hash = (hash * 0x9E3779B97F4A7C15) + last[(words + i) % ShingleWords];
        }

        return (uint)(Mix(hash) >> 32);
    }

    /// <summary>Lowers each least hash to that of one run, if that is less.</summary>
    private static void Include(uint run, uint[] least)
    {
        var runs = new Vector<uint>(run);
        var leasts = MemoryMarshal.Cast<uint, Vector<uint>>(least.AsSpan());
        var factors = MemoryMarshal.Cast<uint, Vector<uint>>(Factors.AsSpan());
        var offsets = MemoryMarshal.Cast<uint, Vector<uint>>(Offsets.AsSpan());
        for (int i = 0; i < leasts.Length; i++)
        {
            leasts[i] = Vector.Min(leasts[i], (runs * factors[i]) + offsets[i]);
        }
    }
}
