using System.IO.Compression;

namespace FakeNewsOnnx.Articles;

/// <summary>
/// Unpacks gzip data, one member or several. Data that are cut off, damaged or followed by anything but zeros are an error. Cut data are found only
/// where the switch <c>System.IO.Compression.UseStrictValidation</c> is on, as in all programs of this project.
/// </summary>
internal sealed class GzipText : ForwardStream
{
    private readonly string _name;
    private readonly Packed _packed;

    /// <param name="packed">The gzip data, which the stream disposes.</param>
    /// <param name="name">Their name in messages.</param>
    public GzipText(Stream packed, string name)
        : this(new Packed(packed), name)
    {
    }

    private GzipText(Packed packed, string name)
        : base(new GZipStream(packed, CompressionMode.Decompress))
    {
        _packed = packed;
        _name = name;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The data are cut off, damaged or followed by other bytes.</exception>
    public override int Read(Span<byte> buffer)
    {
        int read;
        try
        {
            read = Inner.Read(buffer);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException(
                _packed.WasReadWhole
                    ? $"{_name}: the gzip data are cut off: expected more bytes at the end of the file. Get the file again."
                    : $"{_name}: the gzip data are damaged: a checksum (CRC) or a block of data is wrong. Get the file again.",
                e);
        }

        return read > 0 || buffer.IsEmpty || !_packed.HasMore
            ? read
            : throw new InvalidDataException($"{_name}: expected the end of the file, or more gzip data, after the gzip data; found other bytes. A damaged file loses rows there: get it again.");
    }

    /// <summary>
    /// The packed bytes. <see cref="GZipStream"/> stops without a word at bytes that begin no member: then it has not come to the end. Zeros, with which tapes
    /// and disks fill a file, are given one by one at the end, so that those after the last member stay unread.
    /// </summary>
    private sealed class Packed(Stream inner) : ForwardStream(inner)
    {
        private readonly byte[] _buffer = new byte[1 << 13];
        private int _start;
        private int _end;
        private long _zerosBefore;
        private int _zerosAfter;
        private bool _atEnd;

        /// <summary>Whether all bytes were asked for, and one more.</summary>
        public bool WasReadWhole { get; private set; }

        /// <summary>Whether bytes are left that are not all zeros.</summary>
        public bool HasMore => !_atEnd || _start < _end;

        public override int Read(Span<byte> buffer)
        {
            while (_start == _end)
            {
                _zerosBefore += _zerosAfter;
                _zerosAfter = 0;
                if (_atEnd)
                {
                    return TakeZeroOfEnd(buffer);
                }

                Fill();
            }

            return _zerosBefore > 0 ? TakeZeros(buffer) : Take(buffer);
        }

        private int TakeZeros(Span<byte> buffer)
        {
            int zeros = (int)Math.Min(_zerosBefore, buffer.Length);
            buffer[..zeros].Clear();
            _zerosBefore -= zeros;
            return zeros;
        }

        private int Take(Span<byte> buffer)
        {
            int read = Math.Min(buffer.Length, _end - _start);
            _buffer.AsSpan(_start, read).CopyTo(buffer);
            _start += read;
            return read;
        }

        private int TakeZeroOfEnd(Span<byte> buffer)
        {
            WasReadWhole = _zerosBefore == 0;
            return WasReadWhole ? 0 : TakeZeros(buffer[..1]);
        }

        /// <summary>Reads on; zeros at the end are only counted, as it is not known whether other bytes follow.</summary>
        private void Fill()
        {
            int read = Inner.Read(_buffer);
            _atEnd = read == 0;
            _start = 0;
            _end = _buffer.AsSpan(0, read).LastIndexOfAnyExcept((byte)0) + 1;
            _zerosAfter = read - _end;
        }
    }
}
