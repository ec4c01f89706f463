using CsvHelper;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Articles;

/// <summary>
/// Streams articles from a CSV file: RFC 4180, comma-separated, UTF-8 with or without a byte order mark, with a header.
/// The header's and all rows' bytes and line ends, one after the other, are the file's bytes.
/// </summary>
public sealed class CsvArticleReader : IArticleReader
{
    /// <summary>The largest field that is read by default, in bytes: 16 MiB.</summary>
    public const int DefaultMaxFieldBytes = 16 << 20;

    /// <summary>A record may be this many times as large as a field; a larger one ends the file with an error, as its quote was hardly meant to be open.</summary>
    private const int MaxFieldsPerRecord = 8;

    private readonly RecordBytes _bytes;
    private readonly CsvReader _csv;
    private readonly int _maxFieldBytes;
    private readonly int _title;
    private readonly int _content;
    private readonly int _label;
    private CsvMalformedReason? _malformed;
    private bool _onRecord;
    private ReadOnlyMemory<byte> _lineEnd;

    /// <summary>Reads the header of a stream, which the reader disposes.</summary>
    /// <param name="stream">The CSV text, from its start.</param>
    /// <param name="name">The stream's name in messages.</param>
    /// <param name="columns">Which columns to read; null for the default names.</param>
    /// <param name="maxFieldBytes">The largest field that is read, in bytes.</param>
    /// <exception cref="InvalidDataException">There is no header, it lacks a column or has one twice, or the text is not UTF-8.</exception>
    public CsvArticleReader(Stream stream, string name, ArticleColumns? columns = null, int maxFieldBytes = DefaultMaxFieldBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxFieldBytes);
        columns ??= new();
        Name = name;
        _maxFieldBytes = maxFieldBytes;
        _bytes = new(stream);
        _csv = CsvReader.Create(_bytes, new CsvReaderOptions
        {
            HasHeader = false,
            Separator = ',',
            Encoding = Utf8Mistake.Strict,
            SkipEmptyLines = true,
            TrackLineNumbers = true,
            MaxRecordSize = MaxRecordBytes(maxFieldBytes),
            OnMalformedRecord = record => _malformed = record.Reason,
        });

        MoveNext(recordStart: 0);
        Header = ReadHeader();
        _title = FindRequired(columns.Title);
        _content = FindRequired(columns.Content);
        _label = Find(columns.Label);

        long headerEnd = _csv.ByteOffset + _csv.RawRecord.Length;
        HeaderBytes = _bytes.Between(0, headerEnd).ToArray();
        MoveNext(headerEnd);
        HeaderLineEnd = TakeLineEnd(headerEnd);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The names of the columns.</summary>
    public IReadOnlyList<string> Header { get; }

    /// <summary>The file's first bytes up to the end of the header: a byte order mark if there is one, then the header.</summary>
    public ReadOnlyMemory<byte> HeaderBytes { get; }

    /// <summary>What lies between the header and the first record.</summary>
    public ReadOnlyMemory<byte> HeaderLineEnd { get; }

    /// <summary>Whether the file has a column of labels.</summary>
    public bool HasLabels => _label >= 0;

    /// <summary>How many bytes have been taken from the file; a little ahead of the row that was returned last.</summary>
    public long BytesRead => _bytes.End;

    /// <summary>Opens a file and reads its header.</summary>
    /// <inheritdoc cref="CsvArticleReader(Stream, string, ArticleColumns?, int)"/>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static CsvArticleReader Open(string path, ArticleColumns? columns = null, int maxFieldBytes = DefaultMaxFieldBytes)
    {
        var stream = FileNames.OpenRead(path);
        try
        {
            return new(stream, path, columns, maxFieldBytes);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<ArticleRow> ReadRows()
    {
        while (_onRecord)
        {
            var row = CurrentRow();
            long end = _csv.ByteOffset + row.Bytes.Length;
            MoveNext(end);
            yield return row with { LineEnd = TakeLineEnd(end) };
        }
    }

    /// <summary>The largest record that is read, in bytes.</summary>
    internal static int MaxRecordBytes(int maxFieldBytes) => (int)Math.Min((long)maxFieldBytes * MaxFieldsPerRecord, Array.MaxLength / 2);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _csv.Dispose();

    /// <param name="recordStart">The number of bytes before the record, or before line breaks in front of it.</param>
    private void MoveNext(long recordStart)
    {
        _malformed = null;
        try
        {
            _onRecord = _csv.Read();
        }
        catch (CsvFormatException e)
        {
            throw TooLong(e.LineNumber, e);
        }

        // CsvHelper lets a longer one pass that is in its buffer already.
        if (_onRecord && _csv.RawRecord.Length > _csv.Options.MaxRecordSize)
        {
            throw TooLong(_csv.LineNumber);
        }

        if (_malformed == CsvMalformedReason.UnterminatedQuote)
        {
            var (line, _) = CsvQuotes.FindOpen(_bytes.Between(recordStart, _bytes.End), _csv.LineNumber);
            throw new InvalidDataException($"{Name}({line}): expected a closing quote; found none up to the end of the file. A quote opens in this line and takes in all that follows.");
        }

        InvalidDataException TooLong(long firstLine, Exception? cause = null)
        {
            var (line, isOpen) = CsvQuotes.FindOpen(_bytes.Between(recordStart, _bytes.End), firstLine);
            return new(
                isOpen
                    ? $"{Name}({line}): expected a closing quote; found none within {_csv.Options.MaxRecordSize} bytes, the most that a record may have. A quote opens in this line."
                    : $"{Name}({firstLine}): expected a record of at most {_csv.Options.MaxRecordSize} bytes; found a longer one.",
                cause);
        }
    }

    private string[] ReadHeader()
    {
        if (!_onRecord)
        {
            throw new InvalidDataException($"{Name}: expected a header and records; found an empty file.");
        }

        if (FindError() is { } error)
        {
            throw new InvalidDataException($"{Name}({_csv.LineNumber}): header: {error}");
        }

        return [.. Enumerable.Range(0, _csv.FieldCount).Select(_csv.GetString)];
    }

    private int Find(string column)
    {
        int[] places = [.. Header.Index().Where(field => field.Item == column).Select(field => field.Index)];
        return places.Length <= 1
            ? places.FirstOrDefault(-1)
            : throw new InvalidDataException($"{Name}: expected one column {Echo.Quote(column)}; the header has {places.Length}.");
    }

    private int FindRequired(string column) => Find(column) is var place and >= 0
        ? place
        : throw new InvalidDataException($"{Name}: expected a column {Echo.Quote(column)}; found {Echo.List(Header)}.");

    private ArticleRow CurrentRow()
    {
        string? error = FindError();
        var row = new ArticleRow
        {
            Line = _csv.LineNumber,
            Offset = _csv.ByteOffset,
            Bytes = _csv.RawRecord.ToArray(),
            LineEnd = default,
            FieldCount = _csv.FieldCount,
            Error = error,
        };
        return error != null ? row : row with
        {
            Article = new(FieldOrNull(_title), FieldOrNull(_content)),
            Label = HasLabels ? FieldOrNull(_label) : null,
        };
    }

    private string? FindError()
    {
        if (_malformed is { } reason)
        {
            int column = CsvQuotes.FindMalformedColumn(_csv.RawRecord);
            return reason == CsvMalformedReason.TextAfterClosingQuote
                ? $"expected a comma or a line end after a closing quote; found text in column {column}."
                : $"expected quotes around a field that contains a quote, and no space before them; found other text in column {column}.";
        }

        if (Utf8Mistake.Find(_csv.RawRecord) is { } mistake)
        {
            return mistake;
        }

        if (Header is not null && _csv.FieldCount != Header.Count)
        {
            return $"expected {Header.Count} fields, as in the header; found {_csv.FieldCount}.";
        }

        for (int i = 0; i < _csv.FieldCount; i++)
        {
            if (_csv.GetRawSpan(i).Length is var bytes && bytes > _maxFieldBytes)
            {
                return $"expected fields of at most {_maxFieldBytes} bytes; found {bytes} in column {i + 1}.";
            }
        }

        return null;
    }

    private string? FieldOrNull(int index) => _csv.GetSpan(index) is { IsEmpty: false } bytes ? Utf8Mistake.Strict.GetString(bytes) : null;

    private ReadOnlyMemory<byte> TakeLineEnd(long recordEnd)
    {
        long next = _onRecord ? _csv.ByteOffset : _bytes.End;
        var lineEnd = _bytes.Between(recordEnd, next);
        if (!_lineEnd.Span.SequenceEqual(lineEnd))
        {
            _lineEnd = lineEnd.ToArray();
        }

        _bytes.Forget(next);
        return _lineEnd;
    }
}
