namespace FakeNewsOnnx.Data;

/// <summary>Streams articles from a file of one record after the other.</summary>
public interface IArticleReader : IDisposable
{
    /// <summary>The file's path, as messages name it.</summary>
    string Name { get; }

    /// <summary>The rows that have not been read yet, in order; one that cannot be read keeps its place with an <see cref="ArticleRow.Error"/>.</summary>
    /// <exception cref="InvalidDataException">A record is so large that the rest of the file cannot be told apart.</exception>
    IEnumerable<ArticleRow> ReadRows();
}
