using System.Diagnostics;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Infer;

/// <summary>A CSV file of articles whose labels are known; rows without content are passed over.</summary>
/// <param name="Path">The file.</param>
/// <param name="Columns">Where its fields are.</param>
internal sealed record LabelledArticles(string Path, ArticleColumns Columns)
{
    /// <summary>Scores every article with a model, as fast as the machine can.</summary>
    /// <exception cref="InvalidDataException">A row can't be read, its label is none of the model's, or the model reads no text.</exception>
    public async Task<ScoredModel> ScoreAsync(string model, CancellationToken cancellation)
    {
        using var classifier = ArticleClassifier.Load(model);
        if (!classifier.HasTokenizer)
        {
            throw new InvalidDataException($"{model}: the file holds no tokenizer, so it cannot read text.");
        }

        var labels = new LabelMap(classifier.Labels);
        using var reader = ArticleReader.Open(Path, Columns);
        var labelIds = new List<int>();
        var probabilities = new List<float[]>();
        var clock = Stopwatch.StartNew();
        await foreach (var result in classifier.ClassifyAsync(Read().ToAsyncEnumerable(), cancellation).ConfigureAwait(false))
        {
            probabilities.Add([.. result.Probabilities]);
        }

        if (probabilities.Count == 0)
        {
            throw new InvalidDataException($"{Path}: expected labelled articles; found none.");
        }

        double speed = probabilities.Count / clock.Elapsed.TotalSeconds;
        double? selfTest = classifier.Manifest.SelfTest is { Tolerance: not null, Cases.Count: > 0 } ? classifier.RunSelfTest().MaxAbsLogitDifference : null;
        return new(model, SizeOf(model), speed, labels, labelIds, probabilities, selfTest);

        IEnumerable<Article> Read()
        {
            foreach (var row in reader.ReadValidRows())
            {
                if (!string.IsNullOrEmpty(row.Article!.Content))
                {
                    labelIds.Add(labels.TryGetId(row.Label, out int id)
                        ? id
                        : throw new InvalidDataException($"{Path}({row.Line}): label must be one of {labels}; found '{row.Label}'."));
                    yield return row.Article;
                }
            }
        }
    }

    /// <summary>Bytes of a model and of the weights that may lie beside it.</summary>
    private static long SizeOf(string model) =>
        new[] { model, $"{model}.data" }.Select(file => new FileInfo(file)).Where(file => file.Exists).Sum(file => file.Length);
}

/// <summary>What a model made of labelled articles.</summary>
/// <param name="Path">The model's file.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="ArticlesPerSecond">Its speed.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="LabelIds">The true label of each article.</param>
/// <param name="Probabilities">One probability per label, for each article.</param>
/// <param name="SelfTestDifference">The largest |Δlogit| between it and training; null if the file carries no self-test.</param>
internal sealed record ScoredModel(
    string Path,
    long Bytes,
    double ArticlesPerSecond,
    LabelMap Labels,
    IReadOnlyList<int> LabelIds,
    IReadOnlyList<float[]> Probabilities,
    double? SelfTestDifference)
{
    /// <summary>The most probable label of an article.</summary>
    public int Predicted(int row) => Array.IndexOf(Probabilities[row], Probabilities[row].Max());

    /// <summary>Part of the articles whose most probable label is theirs.</summary>
    public double Accuracy => (double)Enumerable.Range(0, LabelIds.Count).Count(row => Predicted(row) == LabelIds[row]) / LabelIds.Count;
}
