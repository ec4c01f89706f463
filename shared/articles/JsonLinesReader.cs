using System.Text;
using System.Text.Json;

namespace FakeNewsOnnx.Articles;

/// <summary>
/// Streams articles from a JSON Lines file: UTF-8, one object a line. The bytes before the first row and all rows' bytes
/// and line ends, one after the other, are the file's bytes.
/// </summary>
public sealed class JsonLinesReader : IArticleReader
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Stream _stream;
    private readonly ArticleColumns _columns;
    private readonly int _maxFieldBytes;
    private readonly int _maxLineBytes;
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private long _offset;
    private long _line = 1;

    /// <summary>Reads up to the first object of a stream, which the reader disposes.</summary>
    /// <param name="stream">The text, from its start.</param>
    /// <param name="name">The stream's name in messages.</param>
    /// <param name="columns">Which members hold an article; null for the default names.</param>
    /// <param name="maxFieldBytes">The largest string that is read, in bytes.</param>
    public JsonLinesReader(Stream stream, string name, ArticleColumns? columns = null, int maxFieldBytes = ArticleReader.DefaultMaxFieldBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxFieldBytes);
        Name = name;
        _stream = stream;
        _columns = columns ?? new();
        _maxFieldBytes = maxFieldBytes;
        _maxLineBytes = ArticleReader.MaxRecordBytes(maxFieldBytes);
        Fill(Encoding.UTF8.Preamble.Length);
        int mark = _buffer.AsSpan(0, _end).StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        byte[] byteOrderMark = Take(mark);
        Preamble = (byte[])[.. byteOrderMark, .. TakeLineBreaks()];
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The file's first bytes up to the first object: a byte order mark if there is one, and empty lines.</summary>
    public ReadOnlyMemory<byte> Preamble { get; }

    /// <inheritdoc/>
    public IEnumerable<ArticleRow> ReadRows()
    {
        while (Fill(1))
        {
            long line = _line, offset = _offset;
            byte[] bytes = Take(LineLength());
            byte[] lineEnd = TakeLineBreaks();
            yield return Parse(new() { Line = line, Offset = offset, Bytes = bytes, LineEnd = lineEnd });
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    private ArticleRow Parse(ArticleRow row)
    {
        try
        {
            _ = StrictUtf8.GetCharCount(row.Bytes.Span);
            var (article, label) = ReadArticle(row.Bytes.Span);
            return row with { Article = article, Label = label };
        }
        catch (DecoderFallbackException e)
        {
            return row with { Error = $"expected UTF-8; found the byte 0x{e.BytesUnknown![0]:X2} at byte {e.Index} of the record." };
        }
        catch (JsonException e)
        {
            return row with { Error = $"expected a JSON object; found a mistake at byte {e.BytePositionInLine} of the record." };
        }
        catch (InvalidOperationException)
        {
            return row with { Error = "expected Unicode text in the names of members; found half a surrogate pair." };
        }
        catch (InvalidDataException e)
        {
            return row with { Error = e.Message };
        }
    }

    private (Article Article, string? Label) ReadArticle(ReadOnlySpan<byte> json)
    {
        string? title = null, content = null, label = null;
        var reader = new Utf8JsonReader(json);
        _ = reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new InvalidDataException($"expected a JSON object; found {reader.TokenType}.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueIsEscaped)
            {
                _ = reader.GetString(); // throws for half a surrogate pair, which a comparison finds or does not
            }

            if (reader.ValueTextEquals(_columns.Title))
            {
                title = ReadString(ref reader, _columns.Title);
            }
            else if (reader.ValueTextEquals(_columns.Content))
            {
                content = ReadString(ref reader, _columns.Content);
            }
            else if (reader.ValueTextEquals(_columns.Label))
            {
                label = ReadLabel(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        _ = reader.Read();
        return (new(title, content), label);
    }

    private string? ReadString(ref Utf8JsonReader reader, string name)
    {
        _ = reader.Read();
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
        {
            throw new InvalidDataException($"expected a string or null in '{name}'; found {reader.TokenType}.");
        }

        if (reader.ValueSpan.Length > _maxFieldBytes)
        {
            throw new InvalidDataException($"expected fields of at most {_maxFieldBytes} bytes; found {reader.ValueSpan.Length} in '{name}'.");
        }

        return GetString(ref reader, name);
    }

    private static string? GetString(ref Utf8JsonReader reader, string name)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            throw new InvalidDataException($"expected Unicode text in '{name}'; found half a surrogate pair.");
        }
    }

    /// <summary>A label may be a string, a number or a truth value; anything else is none.</summary>
    private string? ReadLabel(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            reader.Skip();
            return null;
        }

        return reader.TokenType switch
        {
            JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False => Encoding.UTF8.GetString(reader.ValueSpan),
            _ => GetString(ref reader, _columns.Label),
        };
    }

    /// <summary>The bytes up to a line break or the end of the file.</summary>
    private int LineLength()
    {
        int seen = 0;
        while (true)
        {
            int at = _buffer.AsSpan(_start + seen, _end - _start - seen).IndexOfAny((byte)'\n', (byte)'\r');
            seen = at >= 0 ? seen + at : _end - _start;
            if (seen > _maxLineBytes)
            {
                throw new InvalidDataException($"{Name}({_line}): expected a record of at most {_maxLineBytes} bytes; found a longer one.");
            }

            if (at >= 0 || !Fill(seen + 1))
            {
                return seen;
            }
        }
    }

    /// <summary>A line break and the empty lines after it.</summary>
    private byte[] TakeLineBreaks()
    {
        int length = 0;
        while (Fill(length + 1) && _buffer[_start + length] is (byte)'\n' or (byte)'\r')
        {
            _line += _buffer[_start + length] == '\n' ? 1 : 0;
            length++;
        }

        return Take(length);
    }

    private byte[] Take(int bytes)
    {
        byte[] taken = _buffer[_start..(_start + bytes)];
        _start += bytes;
        _offset += bytes;
        return taken;
    }

    /// <summary>Reads until the buffer holds so many bytes or the file ends.</summary>
    /// <returns>Whether it holds them.</returns>
    private bool Fill(int bytes)
    {
        while (_end - _start < bytes)
        {
            if (_end == _buffer.Length)
            {
                byte[] target = _end - _start > _buffer.Length / 2 ? new byte[2 * _buffer.Length] : _buffer;
                _buffer.AsSpan(_start, _end - _start).CopyTo(target);
                (_buffer, _start, _end) = (target, 0, _end - _start);
            }

            int read = _stream.Read(_buffer.AsSpan(_end));
            if (read == 0)
            {
                return false;
            }

            _end += read;
        }

        return true;
    }
}
