using FakeNewsOnnx.Data;

namespace FakeNewsOnnx.Train.Training;

/// <summary>An article with both its fields, and its label.</summary>
/// <param name="Article">Title and content.</param>
/// <param name="Label">The label's id.</param>
/// <param name="Line">Where its record starts in its file, from 1.</param>
internal readonly record struct LabelledArticle(Article Article, int Label, long Line);

/// <summary>The articles of a CSV file that can be learnt from or measured, and what was left out.</summary>
/// <param name="Articles">In the file's order.</param>
/// <param name="Incomplete">Rows that had no title or no content.</param>
/// <param name="Ignored">Rows whose label the recipe ignores.</param>
internal sealed record LabelledArticles(IReadOnlyList<LabelledArticle> Articles, int Incomplete, int Ignored)
{
    /// <summary>Reads a whole file.</summary>
    /// <exception cref="InvalidDataException">A malformed row, a label outside the map, or no column of labels.</exception>
    public static LabelledArticles Read(string path, Recipe recipe)
    {
        var labels = new LabelMap(recipe.Labels);
        int incomplete = 0, ignored = 0;
        var articles = new List<LabelledArticle>();
        using ArticleReader reader = ArticleReader.Open(path, ArticleColumns.Parse(recipe.Columns));
        if (!reader.HasLabels)
        {
            throw new InvalidDataException($"{path}: training needs a column of labels; name it with --column label=NAME. Found {string.Join(", ", reader.Header.Select(name => $"'{name}'"))}.");
        }

        foreach (ArticleRow row in reader.ReadValidRows())
        {
            if (!labels.TryGetId(row.Label, out int label))
            {
                ignored += row.Label is not null && recipe.IgnoreLabels.Contains(row.Label) ? 1 : throw new InvalidDataException(
                    $"{path}({row.Line}): label must be one of {labels}; found '{row.Label}'. Name it in --labels or in --ignore-labels.");
            }
            else if (row.Article is { Title: not null, Content: not null } article)
            {
                articles.Add(new(article, label, row.Line));
            }
            else
            {
                incomplete++;
            }
        }

        return new(articles, incomplete, ignored);
    }
}
