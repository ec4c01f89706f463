using System.Globalization;
using System.Text;

namespace FakeNewsOnnx.Articles;

/// <summary>A text of another encoding as UTF-8, without a byte order mark.</summary>
/// <param name="inner">The text, after its byte order mark.</param>
/// <param name="name">The text's name in messages.</param>
/// <param name="encoding">The text's encoding.</param>
internal sealed class TranscodedText(Stream inner, string name, TextEncoding encoding) : ForwardStream(inner)
{
    private const int BytesAtOnce = 1 << 14;

    private readonly Decoder _decoder = encoding.ToEncoding().GetDecoder();
    private readonly Encoder _encoder = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetEncoder();
    private readonly byte[] _source = new byte[BytesAtOnce];
    private readonly char[] _chars = new char[encoding.ToEncoding().GetMaxCharCount(BytesAtOnce)];
    private byte[] _utf8 = [];
    private int _start;
    private int _end;
    private long _bytes;
    private long _line = 1;
    private bool _atEnd;

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">Bytes are no text in the encoding.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (_start == _end && !_atEnd)
        {
            Fill();
        }

        int read = Math.Min(buffer.Length, _end - _start);
        _utf8.AsSpan(_start, read).CopyTo(buffer);
        _start += read;
        return read;
    }

    private void Fill()
    {
        int read = Inner.Read(_source);
        _atEnd = read == 0;
        try
        {
            int chars = _decoder.GetChars(_source.AsSpan(0, read), _chars, flush: _atEnd);
            int bytes = _encoder.GetByteCount(_chars.AsSpan(0, chars), flush: _atEnd);
            _utf8 = bytes > _utf8.Length ? new byte[bytes] : _utf8;
            (_start, _end) = (0, _encoder.GetBytes(_chars.AsSpan(0, chars), _utf8, flush: _atEnd));
            _line += _chars.AsSpan(0, chars).Count('\n');
            _bytes += read;
        }
        catch (DecoderFallbackException e)
        {
            int before = Math.Clamp(e.Index, 0, read);
            _line += encoding.ToLenientEncoding().GetString(_source, 0, before).AsSpan().Count('\n');
            throw NotText($"0x{Convert.ToHexString(e.BytesUnknown ?? [])}", _bytes + e.Index, e);
        }
        catch (EncoderFallbackException e)
        {
            throw NotText("half a surrogate pair", _bytes, e);
        }
    }

    private InvalidDataException NotText(string found, long place, Exception cause) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{name}({_line}): expected {encoding.Name}; found {found} at byte {Math.Max(0, place)} of the text."), cause);
}
