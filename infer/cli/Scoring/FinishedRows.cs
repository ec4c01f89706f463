using System.Buffers;
using FakeNewsOnnx.Articles;

namespace FakeNewsOnnx.Infer;

/// <summary>Finds in an output which rows an earlier run has written whole, by reading it side by side with the input.</summary>
/// <param name="output">The output, from its start.</param>
/// <param name="name">Its name in messages.</param>
/// <param name="format">How its rows stand in it.</param>
/// <param name="isWhole">Whether the output is a finished one, so that its last row may end with the file.</param>
internal sealed class FinishedRows(Stream output, string name, ScoredFormat format, bool isWhole)
{
    private const int UsualResultBytes = 1 << 10;
    private const int MaxResultBytes = 1 << 20;

    private readonly ArrayBufferWriter<byte> _expected = new();
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;

    /// <summary>How many bytes the whole rows found so far take, with what comes before them.</summary>
    public long Length { get; private set; }

    /// <summary>Whether the output was found to be made from another input.</summary>
    public bool IsOfAnotherInput { get; private set; }

    /// <summary>Whether the output holds nothing more.</summary>
    public bool AtEnd => !Fill(1);

    /// <summary>Reads what comes before the first row.</summary>
    /// <returns>Whether it is there whole.</returns>
    /// <exception cref="InvalidDataException">The output begins otherwise.</exception>
    public bool TrySkipStart()
    {
        _expected.ResetWrittenCount();
        format.WriteStart(_expected);
        if (!StartsWithExpected("header"))
        {
            return false;
        }

        Advance(_expected.WrittenCount);
        return true;
    }

    /// <summary>Reads a row.</summary>
    /// <param name="row">The input's row.</param>
    /// <param name="outcome">What became of it.</param>
    /// <returns>Whether it is there whole.</returns>
    /// <exception cref="InvalidDataException">The output has another row in its place.</exception>
    public bool TrySkip(ArticleRow row, out Outcome outcome)
    {
        outcome = default;
        _expected.ResetWrittenCount();
        format.WriteRecord(row, _expected);
        if (!StartsWithExpected($"row of line {row.Line}"))
        {
            return false;
        }

        int record = _expected.WrittenCount;
        for (int wanted = record + UsualResultBytes; ; wanted *= 2)
        {
            bool more = Fill(wanted);
            if (format.TryReadResult(_buffer.AsSpan(_start + record, _end - _start - record), row, out outcome, out int length)
                && (!row.LineEnd.IsEmpty || (isWhole && !more && record + length == _end - _start)))
            {
                Advance(record + length);
                return true;
            }

            if (!more || wanted - record > MaxResultBytes)
            {
                return false;
            }
        }
    }

    private bool StartsWithExpected(string part)
    {
        bool whole = Fill(_expected.WrittenCount);
        int length = Math.Min(_end - _start, _expected.WrittenCount);
        IsOfAnotherInput = !_buffer.AsSpan(_start, length).SequenceEqual(_expected.WrittenSpan[..length]);
        return !IsOfAnotherInput
            ? whole
            : throw new InvalidDataException($"{name}: expected the {part} of the input at byte {Length}; found other bytes. --force starts again.");
    }

    private void Advance(int bytes)
    {
        _start += bytes;
        Length += bytes;
    }

    /// <summary>Reads until the buffer holds so many bytes or the file ends.</summary>
    private bool Fill(int bytes)
    {
        if (_buffer.Length - _start < bytes)
        {
            byte[] target = bytes > _buffer.Length ? new byte[2 * bytes] : _buffer;
            _buffer.AsSpan(_start, _end - _start).CopyTo(target);
            (_buffer, _start, _end) = (target, 0, _end - _start);
        }

        _end += output.ReadAtLeast(_buffer.AsSpan(_end), Math.Max(0, bytes - (_end - _start)), throwOnEndOfStream: false);
        return _end - _start >= bytes;
    }
}
