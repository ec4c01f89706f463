using FakeNewsOnnx.Data;

namespace FakeNewsOnnx.Train.Training;

/// <summary>Where the labelled articles are.</summary>
/// <param name="Train">What to train on, and every part that has no file of its own.</param>
/// <param name="Validation">The validation articles; null to split them off.</param>
/// <param name="Test">The held-out articles; null to split them off.</param>
internal sealed record DataFiles(string Train, string? Validation = null, string? Test = null);

/// <summary>Labelled articles, split and encoded, and what was left out.</summary>
/// <param name="Parts">The examples of each part, in their file's order, or in the order in which they were sampled.</param>
/// <param name="Incomplete">Rows that had no title or no content.</param>
/// <param name="Ignored">Rows whose label the recipe ignores.</param>
/// <param name="Truncated">Articles with more tokens than were read.</param>
internal sealed record ArticleDataset(ILookup<SplitPart, Example> Parts, int Incomplete, int Ignored, int Truncated)
{
    private ILookup<SplitPart, Article> Texts { get; init; } = Array.Empty<Article>().ToLookup(_ => SplitPart.Train);

    /// <summary>Reads CSV files for training: rows without title or content are left out and counted.</summary>
    /// <param name="files">The files.</param>
    /// <param name="recipe">Columns, labels, split and sampling.</param>
    /// <param name="tokens">Encodes what is kept.</param>
    /// <exception cref="InvalidDataException">A malformed row, an unknown label, or too little left to train on.</exception>
    public static ArticleDataset Read(DataFiles files, Recipe recipe, TokenCache tokens)
    {
        var split = new HashSplit(files.Validation is null ? recipe.ValidationFraction : 0, files.Test is null ? recipe.TestFraction : 0, recipe.SplitSeed);
        LabelledArticles rows = LabelledArticles.Read(files.Train, recipe);
        LabelledArticles? validation = files.Validation is { } validationFile ? LabelledArticles.Read(validationFile, recipe) : null;
        LabelledArticles? test = files.Test is { } testFile ? LabelledArticles.Read(testFile, recipe) : null;
        var parts = rows.Articles.ToLookup(row => split.PartOf(row.Article.Content!));
        LabelledArticle[] train = [.. parts[SplitPart.Train]];
        if (recipe.TrainRows is { } count)
        {
            train = [.. new NumpyRandom(recipe.Seed).Permutation(train.Length).Take(count).Select(i => train[i])];
        }

        var kept = train.Select(row => (Part: SplitPart.Train, Row: row))
            .Concat((validation?.Articles ?? parts[SplitPart.Validation]).Select(row => (Part: SplitPart.Validation, Row: row)))
            .Concat((test?.Articles ?? parts[SplitPart.Test]).Select(row => (Part: SplitPart.Test, Row: row)))
            .ToArray();
        EncodedArticle[] encoded = tokens.Encode([.. kept.Select(entry => entry.Row.Article)]);
        var dataset = new ArticleDataset(
            kept.Zip(encoded).ToLookup(entry => entry.First.Part, entry => new Example(entry.Second.InputIds, entry.First.Row.Label, entry.First.Row.Line)),
            rows.Incomplete + (validation?.Incomplete ?? 0) + (test?.Incomplete ?? 0),
            rows.Ignored + (validation?.Ignored ?? 0) + (test?.Ignored ?? 0),
            encoded.Count(article => article.Truncated))
        {
            Texts = kept.ToLookup(entry => entry.Part, entry => entry.Row.Article),
        };
        dataset.Check(files, recipe);
        return dataset;
    }

    /// <summary>The examples of one part.</summary>
    public IReadOnlyList<Example> this[SplitPart part] => [.. Parts[part]];

    /// <summary>The articles of one part, in the order of its examples.</summary>
    public IEnumerable<Article> ReadArticles(SplitPart part) => Texts[part];

    /// <summary>Some articles of one part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="places">Places among its examples, from 0.</param>
    public IReadOnlyDictionary<int, Article> ReadArticles(SplitPart part, IReadOnlySet<int> places) =>
        ReadArticles(part).Index().Where(entry => places.Contains(entry.Index)).ToDictionary(entry => entry.Index, entry => entry.Item);

    /// <summary>Writes the held-out rows of the file as they are, under the file's own header.</summary>
    /// <param name="path">The file that they were split off from.</param>
    /// <param name="columns">The columns that it was read with.</param>
    /// <param name="target">Written whole or not at all.</param>
    public void WriteTestRows(string path, ArticleColumns columns, string target)
    {
        HashSet<long> lines = [.. Parts[SplitPart.Test].Select(example => example.Line)];
        using ArticleReader reader = ArticleReader.Open(path, columns);
        AtomicFile.Write(target, stream =>
        {
            stream.Write(reader.HeaderBytes.Span);
            stream.Write(reader.HeaderLineEnd.Span);
            foreach (ArticleRow row in reader.ReadRows().Where(row => lines.Contains(row.Line)))
            {
                stream.Write(row.Bytes.Span);
                stream.Write(row.LineEnd.IsEmpty ? reader.HeaderLineEnd.Span : row.LineEnd.Span);
            }
        });
    }

    private void Check(DataFiles files, Recipe recipe)
    {
        foreach (SplitPart part in Enum.GetValues<SplitPart>())
        {
            bool isWanted = part != SplitPart.Test || files.Test is not null || recipe.TestFraction > 0;
            if (isWanted && !Parts[part].Any())
            {
                throw new InvalidDataException($"{files.Train}: no article is left for {part}; {Incomplete} rows had no title or content, {Ignored} had an ignored label.");
            }
        }

        foreach (var (id, name) in recipe.Labels.Index())
        {
            if (Parts[SplitPart.Train].All(example => example.Label != id))
            {
                throw new InvalidDataException($"{files.Train}: no training article has the label '{name}'; a classifier needs some of each.");
            }
        }
    }
}
