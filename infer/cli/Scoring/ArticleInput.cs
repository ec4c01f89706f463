using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Infer;

/// <summary>The files to score, read as if they were one. Files of CSV have one header, the same in all.</summary>
internal sealed class ArticleInput : IDisposable
{
    private readonly List<(Stream File, IArticleReader Reader)> _files = [];
    private int _current;
    private long _bytesOfFilesBefore;

    private readonly TextEncoding? _encoding;

    private ArticleInput(RowFormat format, TextEncoding? encoding) => (Format, _encoding) = (format, encoding);

    /// <summary>How the records stand in all files.</summary>
    public RowFormat Format { get; }

    /// <summary>The first file's reader, whose header is that of all.</summary>
    public IArticleReader First => _files[0].Reader;

    /// <summary>Whether more than one file is read.</summary>
    public bool HasSeveralFiles => _files.Count > 1;

    /// <summary>The files' bytes as they lie on disk; null when that is not known.</summary>
    public long? TotalBytes { get; private set; }

    /// <summary>How many of these bytes have been read.</summary>
    public long BytesRead => TotalBytes == null || _current == _files.Count ? _bytesOfFilesBefore : _bytesOfFilesBefore + _files[_current].File.Position;

    /// <summary>Opens the files and reads their headers.</summary>
    /// <param name="paths">The files; <c>-</c> is standard input.</param>
    /// <param name="format">How their records stand.</param>
    /// <param name="columns">The columns that hold an article.</param>
    /// <param name="maxFieldBytes">The largest field that is read.</param>
    /// <param name="encoding">Their encoding; null for UTF-8 and what a byte order mark says.</param>
    /// <param name="note">Gets a line on each thing that a file's name does not say.</param>
    /// <exception cref="InvalidDataException">A file has no header, lacks a column, or has another header than the first.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static ArticleInput Open(IReadOnlyList<string> paths, RowFormat format, ArticleColumns columns, int maxFieldBytes, TextEncoding? encoding, Action<string> note)
    {
        var input = new ArticleInput(format, encoding);
        try
        {
            foreach (string path in paths)
            {
                input.Add(path, columns, maxFieldBytes, note);
            }

            input.TotalBytes = input._files.All(file => file.File.CanSeek) ? input._files.Sum(file => file.File.Length) : null;
            return input;
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    /// <summary>The rows of all files, in order.</summary>
    public IEnumerable<InputRow> ReadRows()
    {
        for (; _current < _files.Count; _current++)
        {
            var (file, reader) = _files[_current];
            bool isLast = _current == _files.Count - 1;
            foreach (var row in reader.ReadRows())
            {
                // A file's last row need not end its line, but another file's rows follow here.
                yield return new(_current, reader.Name, row.LineEnd.IsEmpty && !isLast ? row with { LineEnd = "\n"u8.ToArray() } : row);
            }

            _bytesOfFilesBefore += TotalBytes == null ? 0 : file.Length;
            reader.Dispose();
        }
    }

    /// <summary>Closes the files.</summary>
    public void Dispose() => _files.ForEach(file => file.Reader.Dispose());

    private void Add(string path, ArticleColumns columns, int maxFieldBytes, Action<string> note)
    {
        Stream file = path == FileNames.StandardStream ? Console.OpenStandardInput() : FileNames.OpenRead(path);
        try
        {
            var reader = RowFormats.OpenReader(TextFile.Read(file, path, _encoding, note), path, Format, columns, maxFieldBytes, note);
            _files.Add((file, reader));
            if (reader is CsvArticleReader csv && First is CsvArticleReader first && !csv.Header.SequenceEqual(first.Header))
            {
                throw new InvalidDataException($"{path}: expected the header of {first.Name}, as the rows of all files go to one; found {Echo.List(csv.Header)}.");
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
