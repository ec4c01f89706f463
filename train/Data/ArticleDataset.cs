using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Train.Recipes;

namespace FakeNewsOnnx.Train.Data;

/// <summary>Where the labelled articles are: files of CSV, JSON Lines or Parquet.</summary>
/// <param name="Train">What to train on, and every part that has no file of its own.</param>
/// <param name="Validation">The validation articles; null to split them off.</param>
/// <param name="Test">The held-out articles; null to split them off.</param>
internal sealed record DataFiles(IReadOnlyList<string> Train, IReadOnlyList<string>? Validation = null, IReadOnlyList<string>? Test = null)
{
    /// <summary>What the training articles are called: their file, or the data set on the hub.</summary>
    public string Name { get; init; } = string.Join(", ", Train);

    /// <summary>The same without folders.</summary>
    public string ShortName { get; init; } = NamesOf(Train);

    /// <summary>The data set's id on the hub; null for files of the user's own, or of several data sets.</summary>
    public string? HubId { get; init; }

    /// <summary>The hub's commits that the files were taken from; null for files of the user's own.</summary>
    public string? Revision { get; init; }

    /// <summary>The names of files, without folders.</summary>
    public static string NamesOf(IReadOnlyList<string> files) => string.Join(", ", files.Select(Path.GetFileName));
}

/// <summary>Labelled articles, split and encoded, and what was left out. Their texts are not kept, but can be read again.</summary>
internal sealed class ArticleDataset
{
    private readonly Source[] _sources;
    private readonly Dictionary<SplitPart, Example[]> _parts;
    private readonly Dictionary<int, int>? _chosen;

    private ArticleDataset(Source[] sources, Dictionary<int, int>? chosen, ILookup<SplitPart, Example> parts)
    {
        _sources = sources;
        _chosen = chosen;
        _parts = Enum.GetValues<SplitPart>().ToDictionary(part => part, part => parts[part].ToArray());
        foreach (Source source in sources)
        {
            Account.Add(source.Articles.Account);
        }

        Account.Recount(RowFate.NotDrawn, Account.Used - Count);
        Notes = [.. sources.SelectMany(source => source.Articles.Notes).Distinct()];
        Truncated = _parts.Values.Sum(part => part.Count(example => example.IsTruncated));
    }

    /// <summary>Articles of all parts.</summary>
    public int Count => _parts.Values.Sum(part => part.Length);

    /// <summary>The rows of all files, by what became of them.</summary>
    public RowAccount Account { get; } = new();

    /// <summary>Lines on what the files' names do not say: compression, encoding.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Articles with more tokens than were read.</summary>
    public int Truncated { get; }

    /// <summary>Reads files for training, twice: which articles there are, then those that are wanted. Rows without title or content are left out and counted.</summary>
    /// <param name="files">The files.</param>
    /// <param name="recipe">Columns, labels, split and sampling.</param>
    /// <param name="tokens">Encodes what is kept.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <exception cref="InvalidDataException">A malformed row, an unknown label, or too little left to train on.</exception>
    public static ArticleDataset Read(DataFiles files, Recipe recipe, TokenCache tokens, CancellationToken cancellation = default)
    {
        var split = new HashSplit(files.Validation is null ? recipe.ValidationFraction : 0, files.Test is null ? recipe.TestFraction : 0, recipe.SplitSeed);
        var sources = new List<Source> { new(new(files.Train, recipe), split.PartOf) };
        sources.AddRange(files.Validation is { } validation ? [new Source(new(validation, recipe), _ => SplitPart.Validation)] : []);
        sources.AddRange(files.Test is { } test ? [new Source(new(test, recipe), _ => SplitPart.Test)] : []);

        Dictionary<int, int>? chosen = null;
        if (recipe.TrainRows is { } count)
        {
            int articles = Enumerate(sources, cancellation).Count(entry => entry.Part == SplitPart.Train);
            chosen = new NumpyRandom(recipe.Seed).Permutation(articles).Take(count).Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        }

        ILookup<SplitPart, Example> parts = tokens.Encode(Wanted(sources, chosen, cancellation), entry => entry.Article.Article)
            .Select(entry => (entry.Row.Part, entry.Row.Place, Example: new Example(tokens.Tokens, entry.Tokens, entry.Row.Article)))
            .OrderBy(entry => entry.Place).ToLookup(entry => entry.Part, entry => entry.Example);
        var dataset = new ArticleDataset([.. sources], chosen, parts);
        dataset.Check(files, recipe);
        return dataset;
    }

    /// <summary>The examples of one part, in their files' order, or in the order in which they were sampled.</summary>
    public IReadOnlyList<Example> this[SplitPart part] => _parts[part];

    /// <summary>Reads the articles of one part from the files, in the order of its examples.</summary>
    /// <exception cref="InvalidDataException">The files are no longer those that the examples were made from.</exception>
    public IEnumerable<Article> ReadArticles(SplitPart part)
    {
        var articles = ReadPart(part);
        return (part == SplitPart.Train && _chosen is not null ? articles.OrderBy(entry => entry.Place) : articles).Select(entry => entry.Article);
    }

    /// <summary>Reads some articles of one part from the files.</summary>
    /// <param name="part">The part.</param>
    /// <param name="places">Places among its examples, from 0.</param>
    /// <exception cref="InvalidDataException">The files are no longer those that the examples were made from.</exception>
    public IReadOnlyDictionary<int, Article> ReadArticles(SplitPart part, IReadOnlySet<int> places) =>
        ReadPart(part).Where(entry => places.Contains(entry.Place)).ToDictionary(entry => entry.Place, entry => entry.Article);

    private IEnumerable<(int Place, Article Article)> ReadPart(SplitPart part)
    {
        IReadOnlyList<Example> examples = this[part];
        int read = 0;
        foreach (var (_, place, article) in Wanted(_sources, _chosen).Where(entry => entry.Part == part))
        {
            if (place >= examples.Count || (examples[place].Source, examples[place].Line, examples[place].Label) != (article.File, article.Line, article.Label))
            {
                throw new InvalidDataException($"{article.File}({article.Line}): the file was changed while it was used.");
            }

            read++;
            yield return (place, article.Article);
        }

        if (read != examples.Count)
        {
            throw new InvalidDataException($"expected {examples.Count} articles for {part}; found {read}: a file was changed while it was used.");
        }
    }

    /// <summary>The articles of all parts, each with its number in its part.</summary>
    private static IEnumerable<(SplitPart Part, int Place, LabelledArticle Article)> Enumerate(IEnumerable<Source> sources, CancellationToken cancellation)
    {
        var counts = new int[Enum.GetValues<SplitPart>().Length];
        foreach (Source source in sources)
        {
            foreach (LabelledArticle article in source.Articles.Read(cancellation))
            {
                SplitPart part = source.PartOf(article.Article.Content!);
                yield return (part, counts[(int)part]++, article);
            }
        }
    }

    /// <summary>The same, without the training articles that were not chosen; those that were have their place among the chosen.</summary>
    private static IEnumerable<(SplitPart Part, int Place, LabelledArticle Article)> Wanted(IEnumerable<Source> sources, Dictionary<int, int>? chosen, CancellationToken cancellation = default) =>
        chosen is null
            ? Enumerate(sources, cancellation)
            : Enumerate(sources, cancellation).Where(entry => entry.Part != SplitPart.Train || chosen.ContainsKey(entry.Place))
                .Select(entry => entry.Part == SplitPart.Train ? entry with { Place = chosen[entry.Place] } : entry);

    private void Check(DataFiles files, Recipe recipe)
    {
        foreach (SplitPart part in Enum.GetValues<SplitPart>())
        {
            bool isWanted = part != SplitPart.Test || files.Test is not null || recipe.TestFraction > 0;
            if (isWanted && _parts[part].Length == 0)
            {
                throw new InvalidDataException($"{files.Name}: no article is left for {part}; {Account}.");
            }
        }

        foreach (var (id, name) in recipe.Labels.Index())
        {
            if (_parts[SplitPart.Train].All(example => example.Label != id))
            {
                throw new InvalidDataException($"{files.Name}: no training article has the label '{name}'; a classifier needs some of each.");
            }
        }
    }

    private sealed record Source(LabelledArticles Articles, Func<string, SplitPart> PartOf);
}
