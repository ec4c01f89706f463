using FakeNewsOnnx.Articles;

namespace FakeNewsOnnx.Infer;

/// <summary>The rows that can be scored, and as what. Blank is null, empty or white space.</summary>
internal static class Scorable
{
    /// <summary>The error of a row with blank content.</summary>
    public const string NoContent = "expected an article; found no content.";

    /// <summary>What becomes of a row before a model sees it.</summary>
    public static RowFate FateOf(ArticleRow row) => row.Article is not { } article ? RowFate.Unreadable : string.IsNullOrWhiteSpace(article.Content) ? RowFate.BlankContent : RowFate.Used;

    /// <summary>The article as it is scored: a blank title is none.</summary>
    public static Article Of(ArticleRow row) => string.IsNullOrWhiteSpace(row.Article!.Title) ? row.Article with { Title = null } : row.Article;
}
