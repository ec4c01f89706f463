using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Files;
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
    private readonly TextEncoding? _encoding = recipe.ReadEncoding();
    private readonly OrderedDictionary<string, bool> _notes = [];

    /// <summary>The rows of the last reading, by what became of them.</summary>
    public RowAccount Account { get; private set; } = new();

    /// <summary>Lines on what the files' names do not say: compression, encoding.</summary>
    public IEnumerable<string> Notes => _notes.Keys;

    /// <summary>The articles in the files' order.</summary>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <exception cref="InvalidDataException">A malformed row, a label outside the map, or no column of labels.</exception>
    public IEnumerable<LabelledArticle> Read(CancellationToken cancellation = default)
    {
        Account = new();
        foreach (string file in files)
        {
            using IArticleReader reader = ArticleFile.Open(file, _columns, _encoding, note => _notes.TryAdd(note, true));
            if (reader is CsvArticleReader { HasLabels: false } csv)
            {
                throw new InvalidDataException($"{file}: training needs a column of labels; name it with --column label=NAME. Found {Echo.List(csv.Header)}.");
            }

            // As in the notebook's filter, which Parquet's files went through: only null is missing there.
            Func<string?, bool> isBlank = reader is ParquetArticleReader ? text => text is null : string.IsNullOrWhiteSpace;
            foreach (ArticleRow row in reader.ReadValidRows())
            {
                cancellation.ThrowIfCancellationRequested();
                RowFate fate = FateOf(row, isBlank, out int label)
                    ?? throw new InvalidDataException($"{file}({row.Line}): label must be one of {_labels}; found {Echo.Quote(row.Label)}. Name it in --labels, --map-labels or --ignore-labels.");
                Account.Add(fate);
                if (fate == RowFate.Used)
                {
                    yield return new(row.Article!, label, file, row.Line);
                }
            }
        }
    }

    /// <summary>What becomes of a row; null for a label that nobody knows.</summary>
    private RowFate? FateOf(ArticleRow row, Func<string?, bool> isBlank, out int label)
    {
        string? name = string.IsNullOrWhiteSpace(row.Label) ? null : _names.GetValueOrDefault(row.Label, row.Label);
        bool isKnown = _labels.TryGetId(name, out label);
        return !isKnown && name is not null && recipe.IgnoreLabels.Contains(name) ? RowFate.IgnoredLabel
            : isBlank(row.Article!.Content) ? RowFate.BlankContent
            : isBlank(row.Article.Title) ? RowFate.MissingTitle
            : name is null ? RowFate.EmptyLabel
            : isKnown ? RowFate.Used
            : null;
    }
}
