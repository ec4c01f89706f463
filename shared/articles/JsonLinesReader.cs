using System.Text;

namespace FakeNewsOnnx.Articles;

/// <summary>
/// Streams articles from a JSON Lines file: UTF-8, one object a line. The bytes before the first row and all rows' bytes
/// and line ends, one after the other, are the file's bytes.
/// </summary>
public sealed class JsonLinesReader : IArticleReader
{
    private readonly ByteWindow _window;
    private readonly JsonArticle _article;
    private readonly int _maxLineBytes;
    private long _line = 1;

    /// <summary>Reads up to the first object of a stream, which the reader disposes.</summary>
    /// <param name="stream">The text, from its start.</param>
    /// <param name="name">The stream's name in messages.</param>
    /// <param name="columns">Which members hold an article; null for the default names.</param>
    /// <param name="maxFieldBytes">The largest string that is read, in bytes.</param>
    public JsonLinesReader(Stream stream, string name, ArticleColumns? columns = null, int maxFieldBytes = CsvArticleReader.DefaultMaxFieldBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxFieldBytes);
        Name = name;
        _window = new(stream);
        _article = new(columns ?? new(), maxFieldBytes);
        _maxLineBytes = CsvArticleReader.MaxRecordBytes(maxFieldBytes);
        _window.Fill(Encoding.UTF8.Preamble.Length);
        byte[] byteOrderMark = _window.Take(_window.Bytes.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0);
        Preamble = (byte[])[.. byteOrderMark, .. TakeLineBreaks()];
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The file's first bytes up to the first object: a byte order mark if there is one, and empty lines.</summary>
    public ReadOnlyMemory<byte> Preamble { get; }

    /// <inheritdoc/>
    public IEnumerable<ArticleRow> ReadRows()
    {
        while (_window.Fill(1))
        {
            long line = _line, offset = _window.Offset;
            byte[] bytes = _window.Take(LineLength());
            byte[] lineEnd = TakeLineBreaks();
            if (offset == Preamble.Length && lineEnd.Length > 0 && bytes.AsSpan().Trim(" \t"u8).SequenceEqual("{"u8))
            {
                throw new InvalidDataException($"{Name}({line}): expected one JSON object a line, or one array; found an object over several lines.");
            }

            yield return _article.Read(new() { Line = line, Offset = offset, Bytes = bytes, LineEnd = lineEnd });
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _window.Dispose();

    /// <summary>The bytes up to a line break or the end of the file.</summary>
    private int LineLength()
    {
        int seen = 0;
        while (true)
        {
            int at = _window.Bytes[seen..].IndexOfAny((byte)'\n', (byte)'\r');
            seen = at >= 0 ? seen + at : _window.Bytes.Length;
            if (seen > _maxLineBytes)
            {
                throw new InvalidDataException($"{Name}({_line}): expected a record of at most {_maxLineBytes} bytes; found a longer one.");
            }

            if (at >= 0 || !_window.Fill(seen + 1))
            {
                return seen;
            }
        }
    }

    /// <summary>A line break and the empty lines after it. A line ends with LF, CR LF, or CR alone.</summary>
    private byte[] TakeLineBreaks()
    {
        int length = 0;
        while (_window.Fill(length + 1) && _window.Bytes[length] is (byte)'\n' or (byte)'\r')
        {
            bool isSecondHalf = length > 0 && _window.Bytes[length] == '\n' && _window.Bytes[length - 1] == '\r';
            _line += isSecondHalf ? 0 : 1;
            length++;
        }

        return _window.Take(length);
    }
}
