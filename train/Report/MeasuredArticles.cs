using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Evaluation;

namespace FakeNewsOnnx.Train.Report;

/// <summary>The articles that were measured, from which the page shows some.</summary>
/// <param name="Predictions">What the model made of them.</param>
/// <param name="Examples">The same articles as tokens.</param>
/// <param name="Read">Reads some of them, by their places.</param>
internal sealed record MeasuredArticles(Predictions Predictions, IReadOnlyList<Example> Examples, Func<IReadOnlySet<int>, IReadOnlyDictionary<int, Article>> Read)
{
    private const int ShownMistakes = 10;

    /// <summary>The notebook's number of rows.</summary>
    private const int SampleRows = 20;

    /// <summary>Chooses a sample, and the articles that are wrong with the highest probability.</summary>
    /// <param name="seed">Chooses the sample.</param>
    public ShownArticles Choose(int seed) => new(
        NumpyRandom.Sample(Examples.Count, SampleRows, seed),
        [
            .. Enumerable.Range(0, Examples.Count)
                .Where(i => !Predictions.IsRight(i))
                .OrderByDescending(i => Predictions.Probabilities[i][Predictions.Predicted(i)])
                .Take(ShownMistakes),
        ]);

    /// <summary>Adds articles to a page, each explained by leaving out its sentences: the part that takes time.</summary>
    /// <param name="page">The page so far.</param>
    /// <param name="shown">The articles.</param>
    /// <param name="explainer">Explains one.</param>
    /// <param name="onArticles">Is told how many are done; null for nobody.</param>
    public ReportData AddTo(ReportData page, ShownArticles shown, SentenceExplainer explainer, Action<int>? onArticles)
    {
        bool hasSeveralFiles = Examples.Select(example => example.Source).Distinct().Skip(1).Any();
        var explained = new Dictionary<int, ReportArticle>();
        foreach (var (place, article) in Read(shown.Places.ToHashSet()).OrderBy(entry => entry.Key))
        {
            float[] probabilities = Predictions.Probabilities[place];
            Example example = Examples[place];
            explained[place] = new(place, hasSeveralFiles ? Path.GetFileName(example.Source) : null, example.Line, article, Predictions.Labels[place], probabilities, explainer.Explain(article, probabilities));
            onArticles?.Invoke(explained.Count);
        }

        return page with { Sample = [.. shown.Sample.Select(i => explained[i])], Mistakes = [.. shown.Mistakes.Select(i => explained[i])] };
    }
}

/// <summary>Articles that a page shows, by their places among those measured.</summary>
/// <param name="Sample">A random sample.</param>
/// <param name="Mistakes">Those that are wrong with the highest probability, the surest first.</param>
internal sealed record ShownArticles(IReadOnlyList<int> Sample, IReadOnlyList<int> Mistakes)
{
    /// <summary>All of them, each once.</summary>
    public IReadOnlyList<int> Places => [.. Sample.Union(Mistakes)];
}
