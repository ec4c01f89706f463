namespace FakeNewsOnnx.Articles;

/// <summary>
/// Passes a stream on and remembers what went through, so that the bytes between two offsets can still be had: CsvHelper
/// tells where a record starts, but not how its line ended.
/// </summary>
internal sealed class RecordBytes(Stream inner) : ForwardStream(inner)
{
    private byte[] _kept = new byte[1 << 16];
    private int _head;
    private int _tail;

    /// <summary>The offset after the last byte that was read.</summary>
    public long End { get; private set; }

    /// <summary>The bytes from one offset up to another; both lie between the last <see cref="Forget"/> and <see cref="End"/>.</summary>
    public ReadOnlySpan<byte> Between(long start, long end) => _kept.AsSpan(PlaceOf(start), (int)(end - start));

    /// <summary>Forgets the bytes before an offset.</summary>
    public void Forget(long before) => _head = PlaceOf(before);

    public override int Read(Span<byte> buffer)
    {
        int read = Inner.Read(buffer);
        MakeRoom(read);
        buffer[..read].CopyTo(_kept.AsSpan(_tail));
        _tail += read;
        End += read;
        return read;
    }

    private int PlaceOf(long offset) => _tail - (int)(End - offset);

    private void MakeRoom(int bytes)
    {
        if (_kept.Length - _tail >= bytes)
        {
            return;
        }

        var kept = _kept.AsSpan(_head, _tail - _head);
        byte[] target = kept.Length + bytes <= _kept.Length / 2 ? _kept : new byte[2 * (kept.Length + bytes)];
        kept.CopyTo(target);
        (_kept, _head, _tail) = (target, 0, kept.Length);
    }
}
