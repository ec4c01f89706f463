using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace FakeNewsOnnx.Fuzz;

/// <summary>Changes an input a little, or a lot: the ways of American fuzzy lop, and words of the format.</summary>
/// <param name="random">Chance.</param>
/// <param name="words">Words of the format.</param>
/// <param name="mostBytes">The longest input that is made.</param>
internal sealed class Mutator(Random random, IEnumerable<string> words, int mostBytes)
{
    private const int MostChanges = 6;

    private static readonly long[] OddNumbers = [0, 1, -1, 16, 127, 128, 255, 256, 32767, 65535, 65536, int.MaxValue, uint.MaxValue, long.MaxValue, long.MinValue];

    private readonly byte[][] _words = [.. words.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Makes a new input.</summary>
    /// <param name="input">Stays as it is.</param>
    /// <param name="other">Another one, from which bytes may be taken.</param>
    public byte[] Mutate(byte[] input, byte[] other)
    {
        var bytes = new List<byte>(input);
        for (int changes = random.Next(1, MostChanges + 1); changes > 0; changes--)
        {
            Change(bytes, other);
        }

        if (bytes.Count > mostBytes)
        {
            bytes.RemoveRange(mostBytes, bytes.Count - mostBytes);
        }

        return [.. bytes];
    }

    private void Change(List<byte> bytes, byte[] other)
    {
        int at = random.Next(bytes.Count + 1), length = Math.Min(bytes.Count - at, 1 << random.Next(8));
        switch (random.Next(9))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.InsertRange(random.Next(bytes.Count + 1), [.. bytes.Skip(at).Take(length)]);
                break;
            case 4 when other.Length > 0:
                int from = random.Next(other.Length);
                bytes.InsertRange(at, other[from..Math.Min(other.Length, from + (1 << random.Next(9)))]);
                break;
            case 5 when _words.Length > 0:
                bytes.InsertRange(at, _words[random.Next(_words.Length)]);
                break;
            case 6:
                WriteNumber(bytes, at);
                break;
            case 7:
                bytes.InsertRange(at, Enumerable.Repeat((byte)random.Next(256), 1 << random.Next(10)));
                break;
            case 8 when random.Next(8) == 0:
                byte[] block = [.. bytes.Skip(at).Take(length)];
                bytes.InsertRange(at, Enumerable.Repeat(block, random.Next(2, 100)).SelectMany(copy => copy));
                break;
            default:
                bytes.Insert(at, (byte)random.Next(256));
                break;
        }
    }

    /// <summary>Writes a number that is on some border, in binary or in digits.</summary>
    private void WriteNumber(List<byte> bytes, int at)
    {
        long number = OddNumbers[random.Next(OddNumbers.Length)];
        if (random.Next(2) == 0)
        {
            bytes.InsertRange(at, Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)));
            return;
        }

        var binary = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(binary, number);
        int size = Math.Min(1 << random.Next(4), bytes.Count - at);
        bytes.RemoveRange(at, size);
        bytes.InsertRange(at, binary[..size]);
    }
}
