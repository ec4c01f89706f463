namespace FakeNewsOnnx.Articles;

/// <summary>A stream that is read once, from its start to its end, and disposes the stream behind it.</summary>
/// <param name="inner">The stream behind it.</param>
internal abstract class ForwardStream(Stream inner) : Stream
{
    public sealed override bool CanRead => true;

    public sealed override bool CanSeek => false;

    public sealed override bool CanWrite => false;

    public sealed override long Length => throw new NotSupportedException();

    public sealed override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The stream behind it.</summary>
    protected Stream Inner => inner;

    public abstract override int Read(Span<byte> buffer);

    public sealed override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public sealed override void Flush()
    {
    }

    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public sealed override void SetLength(long value) => throw new NotSupportedException();

    public sealed override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>A stream whose first bytes can be looked at before they are read.</summary>
/// <param name="inner">The stream.</param>
internal sealed class PeekStream(Stream inner) : ForwardStream(inner)
{
    private ReadOnlyMemory<byte> _ahead;

    /// <summary>The next bytes, or all that are left.</summary>
    /// <param name="count">The number of bytes.</param>
    public ReadOnlySpan<byte> Peek(int count)
    {
        byte[] bytes = new byte[count];
        _ahead.CopyTo(bytes);
        int read = Inner.ReadAtLeast(bytes.AsSpan(_ahead.Length), count - _ahead.Length, throwOnEndOfStream: false);
        _ahead = bytes.AsMemory(0, _ahead.Length + read);
        return _ahead.Span;
    }

    /// <summary>Leaves out bytes that were looked at.</summary>
    /// <param name="count">The number of bytes.</param>
    public void Skip(int count) => _ahead = _ahead[count..];

    public override int Read(Span<byte> buffer)
    {
        if (_ahead.IsEmpty)
        {
            return Inner.Read(buffer);
        }

        int read = Math.Min(buffer.Length, _ahead.Length);
        _ahead.Span[..read].CopyTo(buffer);
        _ahead = _ahead[read..];
        return read;
    }
}
