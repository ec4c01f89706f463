namespace FakeNewsOnnx.Articles;

/// <summary>Streams articles from a file of one record after the other.</summary>
public interface IArticleReader : IDisposable
{
    /// <summary>The file's path, as messages name it.</summary>
    string Name { get; }

    /// <summary>The rows that have not been read yet, in order; one that cannot be read keeps its place with an <see cref="ArticleRow.Error"/>.</summary>
    /// <exception cref="InvalidDataException">A record is so large that the rest of the file cannot be told apart.</exception>
    IEnumerable<ArticleRow> ReadRows();
}

/// <summary>What every reader can do.</summary>
public static class ArticleReaders
{
    /// <summary>As <see cref="IArticleReader.ReadRows"/>, but a row that cannot be read is an exception.</summary>
    /// <exception cref="InvalidDataException">A row cannot be read; the message names file and line.</exception>
    public static IEnumerable<ArticleRow> ReadValidRows(this IArticleReader reader) => reader.ReadRows().Select(row =>
        row.Error == null ? row : throw new InvalidDataException($"{reader.Name}({row.Line}): {row.Error}"));
}
