using System.Globalization;
using FakeNewsOnnx.Data;

namespace FakeNewsOnnx.Infer;

/// <summary>One of several parts of the input. The parts' borders are bytes; a row belongs to the part in which it starts.</summary>
/// <param name="Index">k, from 1 to <paramref name="Count"/>.</param>
/// <param name="Count">n.</param>
internal sealed record Shard(int Index, int Count)
{
    /// <summary>Reads <c>k/n</c>.</summary>
    /// <exception cref="UsageException">It is something else.</exception>
    public static Shard Parse(string text)
    {
        string[] numbers = text.Split('/');
        return numbers.Length == 2 && Number(numbers[0]) is var index and > 0 && Number(numbers[1]) is var count && index <= count
            ? new(index, count)
            : throw new UsageException($"--shard must be k/n with k from 1 to n; found '{text}'.");

        static int Number(string digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
    }

    /// <summary>Whether a row belongs to this part.</summary>
    /// <param name="offset">The bytes of the input before the row.</param>
    /// <param name="total">The bytes of the input.</param>
    public bool Contains(long offset, long total) =>
        offset >= (long)((Int128)total * (Index - 1) / Count) && offset < (long)((Int128)total * Index / Count);
}
