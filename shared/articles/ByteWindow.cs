namespace FakeNewsOnnx.Articles;

/// <summary>A part of a stream that is in memory, as large as the largest record so far.</summary>
/// <param name="stream">The stream.</param>
internal sealed class ByteWindow(Stream stream) : IDisposable
{
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;

    /// <summary>The number of bytes before the window.</summary>
    public long Offset { get; private set; }

    /// <summary>The bytes in memory.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Reads until the window has a number of bytes, or the stream ends.</summary>
    /// <returns>Whether it has them.</returns>
    public bool Fill(int bytes)
    {
        while (_end - _start < bytes)
        {
            if (_end == _buffer.Length)
            {
                byte[] target = _end - _start > _buffer.Length / 2 ? new byte[2 * _buffer.Length] : _buffer;
                _buffer.AsSpan(_start, _end - _start).CopyTo(target);
                (_buffer, _start, _end) = (target, 0, _end - _start);
            }

            int read = stream.Read(_buffer.AsSpan(_end));
            if (read == 0)
            {
                return false;
            }

            _end += read;
        }

        return true;
    }

    /// <summary>Takes bytes from the window's start.</summary>
    public byte[] Take(int bytes)
    {
        byte[] taken = Bytes[..bytes].ToArray();
        Skip(bytes);
        return taken;
    }

    /// <summary>Leaves out bytes at the window's start.</summary>
    public void Skip(int bytes)
    {
        _start += bytes;
        Offset += bytes;
    }

    /// <summary>Closes the stream.</summary>
    public void Dispose() => stream.Dispose();
}
