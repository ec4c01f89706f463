using System.Buffers;
using System.Text;
using System.Text.Json;

namespace FakeNewsOnnx.Articles;

/// <summary>
/// Streams articles from a file that is one JSON array of objects, with one object in memory at a time. A row's bytes are its object on one line, its
/// line is its number in the array.
/// </summary>
public sealed class JsonArrayReader : IArticleReader
{
    private static readonly SearchValues<byte> LineBreaks = SearchValues.Create("\r\n"u8);

    private readonly ByteWindow _window;
    private readonly JsonArticle _article;
    private readonly int _maxRecordBytes;

    /// <summary>Reads the start of a stream, which the reader disposes.</summary>
    /// <param name="stream">The text, from its start, in UTF-8.</param>
    /// <param name="name">The stream's name in messages.</param>
    /// <param name="columns">The members that hold an article; null for the default names.</param>
    /// <param name="maxFieldBytes">The largest string that is read, in bytes.</param>
    /// <exception cref="InvalidDataException">The text does not begin with an array.</exception>
    public JsonArrayReader(Stream stream, string name, ArticleColumns? columns = null, int maxFieldBytes = CsvArticleReader.DefaultMaxFieldBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxFieldBytes);
        Name = name;
        _window = new(stream);
        _article = new(columns ?? new(), maxFieldBytes);
        _maxRecordBytes = CsvArticleReader.MaxRecordBytes(maxFieldBytes);
        _window.Fill(Encoding.UTF8.Preamble.Length);
        _window.Skip(_window.Bytes.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0);
        if (NextByte() != '[')
        {
            throw Mistake(1, "expected a JSON array");
        }

        _window.Skip(1);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Whether a text is an array of objects: it begins with <c>[</c>, and then <c>{</c>, <c>]</c> or nothing follows.</summary>
    /// <param name="start">The text's first bytes.</param>
    public static bool IsArray(ReadOnlySpan<byte> start)
    {
        ReadOnlySpan<byte> text = start.StartsWith(Encoding.UTF8.Preamble) ? start[Encoding.UTF8.Preamble.Length..] : start;
        text = text.TrimStart(" \t\r\n"u8);
        return text.StartsWith("["u8) && (text[1..].TrimStart(" \t\r\n"u8) is [] or [(byte)'{', ..] or [(byte)']', ..]);
    }

    /// <inheritdoc/>
    public IEnumerable<ArticleRow> ReadRows()
    {
        long row = 1;
        for (bool more = NextByte() != ']'; more; row++)
        {
            long offset = _window.Offset;
            byte[] bytes = OnOneLine(_window.Take(ElementLength(row)));
            int next = NextByte();
            more = next == ',';
            if (next is not (',' or ']'))
            {
                throw Mistake(row, "expected a comma or the end of the array");
            }

            _window.Skip(more ? 1 : 0);
            _ = NextByte();
            yield return _article.Read(new() { Line = row, Offset = offset, Bytes = bytes, LineEnd = "\n"u8.ToArray() });
        }

        if (NextByte() == ']')
        {
            _window.Skip(1);
        }

        if (NextByte() >= 0)
        {
            throw Mistake(row, "expected the end of the file after the array");
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _window.Dispose();

    /// <summary>The bytes of the element that begins here.</summary>
    private int ElementLength(long row)
    {
        for (int wanted = 1; ; wanted = 2 * _window.Bytes.Length)
        {
            bool isAll = !_window.Fill(wanted);
            var reader = new Utf8JsonReader(_window.Bytes, isFinalBlock: false, default);
            try
            {
                if (reader.Read() && reader.TrySkip())
                {
                    return reader.BytesConsumed <= _maxRecordBytes ? (int)reader.BytesConsumed : throw TooLong();
                }
            }
            catch (JsonException e)
            {
                throw new InvalidDataException($"{Name}({row}): {JsonArticle.Describe(_window.Bytes, PlaceOf(e, _window.Bytes))}", e);
            }

            if (isAll)
            {
                throw Mistake(row, "expected the rest of an object", atEnd: true);
            }

            if (_window.Bytes.Length > _maxRecordBytes)
            {
                throw TooLong();
            }
        }

        InvalidDataException TooLong() => new($"{Name}({row}): expected a record of at most {_maxRecordBytes} bytes; found a longer one.");
    }

    /// <summary>The mistake's place from the element's start; .NET gives line and place in the line.</summary>
    private static int PlaceOf(JsonException e, ReadOnlySpan<byte> json)
    {
        int start = 0;
        for (long line = e.LineNumber ?? 0; line > 0; line--)
        {
            start += json[start..].IndexOf((byte)'\n') + 1;
        }

        return start + (int)(e.BytePositionInLine ?? 0);
    }

    /// <summary>The next byte that is no white space; −1 at the end of the file.</summary>
    private int NextByte()
    {
        while (_window.Fill(1))
        {
            int spaces = _window.Bytes.IndexOfAnyExcept(" \t\r\n"u8);
            if (spaces >= 0)
            {
                _window.Skip(spaces);
                return _window.Bytes[0];
            }

            _window.Skip(_window.Bytes.Length);
        }

        return -1;
    }

    /// <summary>The object without its line breaks, and without the white space after them: none of these is in a string, where JSON escapes them.</summary>
    private static byte[] OnOneLine(byte[] json)
    {
        if (!json.AsSpan().ContainsAny(LineBreaks))
        {
            return json;
        }

        var line = new ArrayBufferWriter<byte>(json.Length);
        ReadOnlySpan<byte> rest = json;
        for (int at; (at = rest.IndexOfAny(LineBreaks)) >= 0; rest = rest[at..].TrimStart(" \t\r\n"u8))
        {
            line.Write(rest[..at]);
        }

        line.Write(rest);
        return line.WrittenSpan.ToArray();
    }

    private InvalidDataException Mistake(long row, string expected, bool atEnd = false)
    {
        string found = atEnd || _window.Bytes.IsEmpty ? "the end of the file: was it cut off?" : $"the byte 0x{_window.Bytes[0]:X2}.";
        return new($"{Name}({row}): {expected}; found {found}");
    }
}
