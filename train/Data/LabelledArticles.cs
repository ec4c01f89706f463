using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Train.Recipes;

namespace FakeNewsOnnx.Train.Data;

/// <summary>An article with both its fields, and its label.</summary>
/// <param name="Article">Title and content.</param>
/// <param name="Label">The label's id.</param>
/// <param name="File">The file that it is in.</param>
/// <param name="Line">Where its record starts in its file, from 1.</param>
internal readonly record struct LabelledArticle(Article Article, int Label, string File, long Line);

/// <summary>The articles of some files that can be learnt from or measured. They are read anew each time, and no text is kept.</summary>
/// <param name="files">CSV, JSON Lines or Parquet, in the order in which they are read.</param>
/// <param name="recipe">Columns and labels.</param>
internal sealed class LabelledArticles(IReadOnlyList<string> files, Recipe recipe)
{
    private readonly LabelMap _labels = new(recipe.Labels);
    private readonly Dictionary<string, string> _names = recipe.LabelNames();
    private readonly ArticleColumns _columns = ArticleColumns.Parse(recipe.Columns);

    /// <summary>Rows that had no title or no content, in the last reading.</summary>
    public int Incomplete { get; private set; }

    /// <summary>Rows whose label the recipe ignores, in the last reading.</summary>
    public int Ignored { get; private set; }

    /// <summary>The articles in the files' order.</summary>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <exception cref="InvalidDataException">A malformed row, a label outside the map, or no column of labels.</exception>
    public IEnumerable<LabelledArticle> Read(CancellationToken cancellation = default)
    {
        Incomplete = Ignored = 0;
        foreach (string file in files)
        {
            using IArticleReader reader = ArticleFile.Open(file, _columns);
            if (reader is ArticleReader { HasLabels: false } csv)
            {
                throw new InvalidDataException($"{file}: training needs a column of labels; name it with --column label=NAME. Found {string.Join(", ", csv.Header.Select(name => $"'{name}'"))}.");
            }

            foreach (ArticleRow row in reader.ReadValidRows())
            {
                cancellation.ThrowIfCancellationRequested();
                bool isComplete = row.Article is { Title: not null, Content: not null };
                string? name = row.Label is { } text ? _names.GetValueOrDefault(text, text) : null;
                if (_labels.TryGetId(name, out int label))
                {
                    if (isComplete)
                    {
                        yield return new(row.Article!, label, file, row.Line);
                    }

                    Incomplete += isComplete ? 0 : 1;
                }
                else if (name is not null && recipe.IgnoreLabels.Contains(name))
                {
                    Ignored++;
                }
                else
                {
                    Incomplete += !isComplete ? 1 : throw new InvalidDataException(
                        $"{file}({row.Line}): label must be one of {_labels}; found '{row.Label}'. Name it in --labels, --map-labels or --ignore-labels.");
                }
            }
        }
    }
}
