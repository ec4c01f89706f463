using System.Numerics;
using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace FakeNewsOnnx.Fuzz;

/// <summary>
/// How often each branch was taken, as American fuzzy lop counts: SharpFuzz adds one to a byte for each pair of places that follow one another. A pair
/// taken 1, 2, 3, 4–7, 8–15, 16–31, 32–127 or more times is each time something else.
/// </summary>
internal sealed unsafe class CoverageMap : IDisposable
{
    private const int Size = 1 << 16;

    private readonly byte* _counts = (byte*)NativeMemory.AllocZeroed(Size);
    private readonly byte[] _seen = new byte[Size];

    public CoverageMap() => Trace.SharedMem = _counts;

    /// <summary>Pairs of places that were ever taken.</summary>
    public int Edges => _seen.Count(bits => bits != 0);

    /// <summary>Forgets the last run.</summary>
    public void Begin()
    {
        new Span<byte>(_counts, Size).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Whether the last run did something that none before it did; it is remembered.</summary>
    public bool FindNews()
    {
        bool news = false;
        Visit((edge, bit) =>
        {
            news |= (_seen[edge] & bit) == 0;
            _seen[edge] |= bit;
        });
        return news;
    }

    /// <summary>The pairs that the last run took.</summary>
    public HashSet<int> Taken()
    {
        var taken = new HashSet<int>();
        Visit((edge, _) => taken.Add(edge));
        return taken;
    }

    public void Dispose()
    {
        Trace.SharedMem = null;
        NativeMemory.Free(_counts);
    }

    private void Visit(Action<int, byte> visit)
    {
        var words = new ReadOnlySpan<ulong>(_counts, Size / sizeof(ulong));
        for (int word = 0; word < words.Length; word++)
        {
            if (words[word] == 0)
            {
                continue;
            }

            for (int edge = word * sizeof(ulong); edge < (word + 1) * sizeof(ulong); edge++)
            {
                if (_counts[edge] != 0)
                {
                    visit(edge, SizeOf(_counts[edge]));
                }
            }
        }
    }

    private static byte SizeOf(byte count) => (byte)(1 << count switch
    {
        <= 3 => count - 1,
        >= 128 => 7,
        >= 32 => 6,
        _ => BitOperations.Log2(count) + 1,
    });
}
