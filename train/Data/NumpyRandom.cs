using System.Numerics;

namespace FakeNewsOnnx.Train.Data;

/// <summary>numpy's <c>default_rng(seed).permutation(n)</c>, which Hugging Face datasets' <c>shuffle(seed)</c> draws.</summary>
/// <remarks>
/// SeedSequence (numpy/random/bit_generator.pyx) seeds PCG64 (https://www.pcg-random.org, XSL-RR 128/64); the permutation is
/// Fisher–Yates from the end with masked rejection on 32-bit halves, low half first.
/// </remarks>
internal sealed class NumpyRandom
{
    private static readonly UInt128 Multiplier = new(0x2360ED051FC65DA4, 0x4385DF649FCCF645);

    private readonly UInt128 _increment;
    private UInt128 _state;
    private uint? _highHalf;

    /// <param name="seed">The seed as Python's int; 0 or more.</param>
    public NumpyRandom(int seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(seed);
        ulong[] words = SeedWords((uint)seed);
        _increment = (new UInt128(words[2], words[3]) << 1) | 1;
        _state = Step(0);
        _state = Step(_state + new UInt128(words[0], words[1]));
    }

    /// <summary>Returns the rows that Hugging Face datasets' <c>shuffle(seed).select(range(rows))</c> takes from <paramref name="count"/>.</summary>
    public static int[] Sample(int count, int rows, int seed) => [.. new NumpyRandom(seed).Permutation(count).Take(rows)];

    /// <summary>0..n−1 in numpy's order for this seed.</summary>
    public int[] Permutation(int n)
    {
        int[] order = [.. Enumerable.Range(0, n)];
        for (int i = n - 1; i > 0; i--)
        {
            int j = (int)UpTo((uint)i);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    private uint UpTo(uint max)
    {
        uint mask = uint.MaxValue >> BitOperations.LeadingZeroCount(max);
        uint value;
        do
        {
            value = NextUInt32() & mask;
        }
        while (value > max);
        return value;
    }

    private uint NextUInt32()
    {
        if (_highHalf is { } high)
        {
            _highHalf = null;
            return high;
        }

        _state = Step(_state);
        ulong folded = (ulong)(_state >> 64) ^ (ulong)_state;
        ulong value = BitOperations.RotateRight(folded, (int)(_state >> 122));
        _highHalf = (uint)(value >> 32);
        return (uint)value;
    }

    private UInt128 Step(UInt128 state) => unchecked((state * Multiplier) + _increment);

    /// <summary>SeedSequence(seed).generate_state(4, uint64).</summary>
    private static ulong[] SeedWords(uint seed)
    {
        const int PoolSize = 4;
        uint hash = 0x43B0D7E5;
        uint[] pool = new uint[PoolSize];
        for (int i = 0; i < PoolSize; i++)
        {
            pool[i] = Hash(i == 0 ? seed : 0);
        }

        for (int source = 0; source < PoolSize; source++)
        {
            for (int target = 0; target < PoolSize; target++)
            {
                if (source != target)
                {
                    pool[target] = Mix(pool[target], Hash(pool[source]));
                }
            }
        }

        uint output = 0x8B51F9DD;
        var words = new ulong[4];
        for (int i = 0; i < 8; i++)
        {
            uint value = pool[i % PoolSize] ^ output;
            output *= 0x58F38DED;
            value *= output;
            value ^= value >> 16;
            words[i / 2] |= (ulong)value << (32 * (i % 2));
        }

        return words;

        uint Hash(uint value)
        {
            value ^= hash;
            hash *= 0x931E8875;
            value *= hash;
            return value ^ (value >> 16);
        }

        static uint Mix(uint x, uint y)
        {
            uint value = (x * 0xCA01F9DD) - (y * 0x4973F715);
            return value ^ (value >> 16);
        }
    }
}
