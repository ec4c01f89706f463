using FakeNewsOnnx.Data;

namespace FakeNewsOnnx.Train.Training;

/// <summary>The labelled articles of a file, split and encoded, and what was left out.</summary>
/// <param name="Parts">The examples of each part, in the file's order.</param>
/// <param name="Incomplete">Rows that had no title or no content.</param>
/// <param name="Ignored">Rows whose label the recipe ignores.</param>
/// <param name="Truncated">Articles with more tokens than were read.</param>
internal sealed record ArticleDataset(ILookup<SplitPart, Example> Parts, int Incomplete, int Ignored, int Truncated)
{
    /// <summary>Reads a CSV file for training: rows without title or content are left out and counted.</summary>
    /// <param name="path">The file.</param>
    /// <param name="recipe">Columns, labels and split.</param>
    /// <param name="tokenizer">Of the base model.</param>
    /// <param name="maxTokens">Tokens of an article that are read.</param>
    /// <exception cref="InvalidDataException">A malformed row, an unknown label, or too little left to train on.</exception>
    public static ArticleDataset Read(string path, Recipe recipe, Gpt2Tokenizer tokenizer, int maxTokens)
    {
        var labels = new LabelMap(recipe.Labels);
        var split = new HashSplit(recipe.ValidationFraction, recipe.TestFraction, recipe.SplitSeed);
        int incomplete = 0, ignored = 0, truncated = 0;
        var examples = new List<(SplitPart Part, Example Example)>();
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
            else if (row.Article is not { Title: not null, Content: { } content } article)
            {
                incomplete++;
            }
            else
            {
                EncodedArticle encoded = tokenizer.Encode(article, maxTokens);
                truncated += encoded.Truncated ? 1 : 0;
                examples.Add((split.PartOf(content), new(article, encoded.InputIds, label, row.Line)));
            }
        }

        var dataset = new ArticleDataset(examples.ToLookup(entry => entry.Part, entry => entry.Example), incomplete, ignored, truncated);
        dataset.Check(path, labels);
        return dataset;
    }

    /// <summary>The examples of one part.</summary>
    public IReadOnlyList<Example> this[SplitPart part] => [.. Parts[part]];

    /// <summary>Writes the held-out rows of the file as they are, under the file's own header.</summary>
    /// <param name="path">The file that this data set was read from.</param>
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

    private void Check(string path, LabelMap labels)
    {
        foreach (SplitPart part in Enum.GetValues<SplitPart>())
        {
            if (!Parts[part].Any())
            {
                throw new InvalidDataException($"{path}: no article is left for {part}; {Incomplete} rows had no title or content, {Ignored} had an ignored label.");
            }
        }

        foreach (var (id, name) in labels.Names.Index())
        {
            if (Parts[SplitPart.Train].All(example => example.Label != id))
            {
                throw new InvalidDataException($"{path}: no training article has the label '{name}'; a classifier needs some of each.");
            }
        }
    }
}
