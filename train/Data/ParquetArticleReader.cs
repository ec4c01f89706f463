using System.Text;
using System.Text.Json;
using FakeNewsOnnx.Articles;
using ParquetSharp;

namespace FakeNewsOnnx.Train.Data;

/// <summary>Streams articles from a Parquet file, whatever the size of its row groups: a page of each column is in memory at a time.</summary>
/// <remarks>
/// Measured on 150,000 articles of 3,800 characters (342 MB, Snappy; two busy cores): ParquetSharp's column readers take 4 to 5 s and 97 MB, in row groups
/// of 1,000 rows as in one of 150,000; Parquet.Net 6.1 takes 5 to 16 s and 113 MB to 2.6 GB, as it reads a row group's column whole.
/// </remarks>
internal sealed unsafe class ParquetArticleReader : IArticleReader
{
    private const int RowsAtOnce = 64;
    private const long BufferBytes = 1 << 20;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReaderProperties _properties;
    private readonly ParquetFileReader _file;
    private readonly int _title;
    private readonly int _content;
    private readonly int _label;
    private readonly string[]? _labelNames;

    /// <exception cref="InvalidDataException">Not a Parquet file, or one without these columns.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public ParquetArticleReader(string path, ArticleColumns columns)
    {
        Name = path;
        File.OpenHandle(path).Dispose(); // says in .NET's words what keeps a file from being opened
        _properties = ReaderProperties.GetDefaultReaderProperties();
        _properties.EnableBufferedStream();
        _properties.BufferSize = BufferBytes;
        _file = Native(() => new ParquetFileReader(path, _properties));
        try
        {
            (_title, _content, _label) = (FindText(columns.Title), FindText(columns.Content), Find(columns.Label));
            _labelNames = FindLabelNames(columns.Label);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public IEnumerable<ArticleRow> ReadRows()
    {
        long line = 0;
        for (int group = 0; group < _file.FileMetaData.NumRowGroups; group++)
        {
            using RowGroupReader rows = Native(() => _file.RowGroup(group));
            using ColumnReader titles = rows.Column(_title), contents = rows.Column(_content), labels = rows.Column(_label);
            int count;
            for (long left = rows.MetaData.NumRows; left > 0; left -= count)
            {
                count = (int)Math.Min(left, RowsAtOnce);
                var title = new Field[count];
                var content = new Field[count];
                var label = new Field[count];
                Read(titles, title);
                Read(contents, content);
                Read(labels, label);
                for (int i = 0; i < count; i++)
                {
                    line++;
                    var row = new ArticleRow { Line = line, Offset = 0, Bytes = default, LineEnd = default };
                    yield return (title[i].Error ?? content[i].Error ?? label[i].Error) is { } error
                        ? row with { Error = error }
                        : row with { Article = new(title[i].Text, content[i].Text), Label = label[i].Text };
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _properties.Dispose();
    }

    private void Read(ColumnReader column, Span<Field> fields)
    {
        switch (column)
        {
            case ColumnReader<ByteArray> texts:
                Read(texts, fields, ToField);
                break;
            case ColumnReader<int> numbers:
                Read(numbers, fields, number => new(LabelName(number)));
                break;
            case ColumnReader<long> numbers:
                Read(numbers, fields, number => new(LabelName(number)));
                break;
            case ColumnReader<bool> values:
                Read(values, fields, value => new(value ? "true" : "false"));
                break;
            default:
                throw new InvalidDataException($"{Name}: expected text, whole numbers or truth values in the column '{column.ColumnDescriptor.Name}'; found {column.ColumnDescriptor.PhysicalType}.");
        }
    }

    /// <summary>Texts lie in the column's page until its next page is read, so they are converted at once.</summary>
    private void Read<T>(ColumnReader<T> column, Span<Field> fields, Func<T, Field> convert)
        where T : unmanaged
    {
        Span<short> definitions = stackalloc short[RowsAtOnce], repetitions = stackalloc short[RowsAtOnce];
        var values = new T[RowsAtOnce];
        short whole = column.ColumnDescriptor.MaxDefinitionLevel;
        while (!fields.IsEmpty)
        {
            definitions.Clear(); // a column without nulls has no levels
            int rows = Native(column, definitions[..fields.Length], repetitions[..fields.Length], values);
            if (rows == 0)
            {
                throw new InvalidDataException($"{Name}: the column '{column.ColumnDescriptor.Name}' ends before its row group does.");
            }

            int value = 0;
            for (int i = 0; i < rows; i++)
            {
                fields[i] = definitions[i] == whole ? convert(values[value++]) : default;
            }

            fields = fields[rows..];
        }
    }

    private int Native<T>(ColumnReader<T> column, Span<short> definitions, Span<short> repetitions, Span<T> values)
        where T : unmanaged
    {
        try
        {
            return (int)column.ReadBatch(definitions.Length, definitions, repetitions, values[..definitions.Length], out _);
        }
        catch (ParquetException e)
        {
            throw NotParquet(e);
        }
    }

    private T Native<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ParquetException e)
        {
            throw NotParquet(e);
        }
    }

    private InvalidDataException NotParquet(ParquetException e) => new($"{Name}: not a Parquet file: {e.Message}", e);

    private static Field ToField(ByteArray value)
    {
        if (value.Length > CsvArticleReader.DefaultMaxFieldBytes)
        {
            return new(null, $"expected fields of at most {CsvArticleReader.DefaultMaxFieldBytes} bytes; found {value.Length}.");
        }

        try
        {
            return new(StrictUtf8.GetString(new ReadOnlySpan<byte>((void*)value.Pointer, value.Length)));
        }
        catch (DecoderFallbackException e)
        {
            return new(null, $"expected UTF-8; found the byte 0x{e.BytesUnknown![0]:X2} at byte {e.Index} of a field.");
        }
    }

    private string LabelName(long number) => _labelNames is { } names && number >= 0 && number < names.Length
        ? names[number]
        : number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private int FindText(string name) => Find(name) is var place && _file.FileMetaData.Schema.Column(place) is { PhysicalType: PhysicalType.ByteArray }
        ? place
        : throw new InvalidDataException($"{Name}: expected text in the column '{name}'; found {_file.FileMetaData.Schema.Column(place).PhysicalType}.");

    private int Find(string name)
    {
        SchemaDescriptor schema = _file.FileMetaData.Schema;
        string[] names = [.. Enumerable.Range(0, schema.NumColumns).Select(i => schema.Column(i).Path.ToDotString())];
        int place = Array.IndexOf(names, name);
        return place < 0
            ? throw new InvalidDataException($"{Name}: expected a column '{name}', or another that --column names; found {string.Join(", ", names.Select(column => $"'{column}'"))}.")
            : schema.Column(place).MaxRepetitionLevel > 0
                ? throw new InvalidDataException($"{Name}: expected one value a row in the column '{name}'; found a list.")
                : place;
    }

    /// <summary>What Hugging Face datasets says that the numbers of a column of labels mean; null if it says nothing.</summary>
    private string[]? FindLabelNames(string column)
    {
        if (!_file.FileMetaData.KeyValueMetadata.TryGetValue("huggingface", out string? json))
        {
            return null;
        }

        try
        {
            using JsonDocument features = JsonDocument.Parse(json);
            return [.. features.RootElement.GetProperty("info").GetProperty("features").GetProperty(column).GetProperty("names").EnumerateArray().Select(name => name.GetString()!)];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private readonly record struct Field(string? Text, string? Error = null);
}
