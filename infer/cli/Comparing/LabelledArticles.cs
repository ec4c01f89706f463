using System.Diagnostics;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Infer;

/// <summary>A file of articles whose labels are known; rows with blank content or an empty label are left out and counted.</summary>
/// <param name="Path">The file.</param>
/// <param name="Columns">Where its fields are.</param>
/// <param name="Encoding">Its encoding; null for UTF-8 and what a byte order mark says.</param>
internal sealed record LabelledArticles(string Path, ArticleColumns Columns, TextEncoding? Encoding)
{
    /// <summary>Scores every article with a model, as fast as the machine can.</summary>
    /// <param name="model">The model's file.</param>
    /// <param name="note">Gets a line on what the file's name does not say.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="InvalidDataException">A row can't be read, its label is none of the model's, or the model reads no text.</exception>
    public async Task<ScoredModel> ScoreAsync(string model, Action<string>? note, CancellationToken cancellation)
    {
        using var classifier = ArticleClassifier.Load(model);
        if (!classifier.HasTokenizer)
        {
            throw new InvalidDataException($"{model}: the file holds no tokenizer, so it cannot read text.");
        }

        var labels = new LabelMap(classifier.Labels);
        using var reader = RowFormats.OpenReader(TextFile.Open(Path, Encoding, note), Path, RowFormats.TryFormatOf(Path) ?? RowFormat.Csv, Columns, note: note);
        if (reader is CsvArticleReader { HasLabels: false } csv)
        {
            throw new InvalidDataException($"{Path}: expected a column of labels, {Echo.Quote(Columns.Label)}, or another that --column label=NAME names; found {Echo.List(csv.Header)}.");
        }

        var account = new RowAccount();
        var labelIds = new List<int>();
        var probabilities = new List<float[]>();
        var clock = Stopwatch.StartNew();
        await foreach (var result in classifier.ClassifyAsync(Read().ToAsyncEnumerable(), cancellation).ConfigureAwait(false))
        {
            probabilities.Add([.. result.Probabilities]);
        }

        if (probabilities.Count == 0)
        {
            throw new InvalidDataException($"{Path}: expected labelled articles; found none; {account}.");
        }

        double speed = probabilities.Count / clock.Elapsed.TotalSeconds;
        double? selfTest = classifier.Manifest.SelfTest is { Tolerance: not null, Cases.Count: > 0 } ? classifier.RunSelfTest().MaxAbsLogitDifference : null;
        return new(model, SizeOf(model), speed, labels, labelIds, probabilities, selfTest) { Account = account };

        IEnumerable<Article> Read()
        {
            foreach (var row in reader.ReadValidRows())
            {
                RowFate fate = Scorable.FateOf(row) is var read and not RowFate.Used ? read : string.IsNullOrWhiteSpace(row.Label) ? RowFate.EmptyLabel : RowFate.Used;
                account.Add(fate);
                if (fate == RowFate.Used)
                {
                    labelIds.Add(labels.TryGetId(row.Label, out int id)
                        ? id
                        : throw new InvalidDataException($"{Path}({row.Line}): label must be one of {labels}; found {Echo.Quote(row.Label)}."));
                    yield return Scorable.Of(row);
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
    /// <summary>The file's rows, by what became of them.</summary>
    public RowAccount Account { get; init; } = new();

    /// <summary>The most probable label of an article.</summary>
    public int Predicted(int row) => Array.IndexOf(Probabilities[row], Probabilities[row].Max());

    /// <summary>Part of the articles whose most probable label is theirs.</summary>
    public double Accuracy => (double)Enumerable.Range(0, LabelIds.Count).Count(row => Predicted(row) == LabelIds[row]) / LabelIds.Count;
}
