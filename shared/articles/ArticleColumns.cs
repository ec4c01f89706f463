using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Articles;

/// <summary>Which columns of a file hold an article: of CSV, Parquet, or members of JSON Lines. Names are compared exactly.</summary>
/// <param name="Title">The headline's column; the file must have it.</param>
/// <param name="Content">The body's column; the file must have it.</param>
/// <param name="Label">The label's column; a file to be scored need not have it.</param>
public sealed record ArticleColumns(string Title = "title", string Content = "content", string Label = "classification")
{
    /// <summary>Reads the values of repeated <c>--column title=headline</c> options; columns not named keep their default.</summary>
    /// <exception cref="UsageException">A value is not <c>title=…</c>, <c>content=…</c> or <c>label=…</c>.</exception>
    public static ArticleColumns Parse(IEnumerable<string> mappings)
    {
        ArgumentNullException.ThrowIfNull(mappings);
        var columns = new ArticleColumns();
        foreach (string mapping in mappings)
        {
            int equals = mapping.IndexOf('=', StringComparison.Ordinal);
            string field = equals < 0 ? "" : mapping[..equals];
            string name = mapping[(equals + 1)..];
            columns = (field, name) switch
            {
                ("title", not "") => columns with { Title = name },
                ("content", not "") => columns with { Content = name },
                ("label", not "") => columns with { Label = name },
                _ => throw new UsageException($"--column must be title=NAME, content=NAME or label=NAME; found '{mapping}'."),
            };
        }

        return columns;
    }
}
