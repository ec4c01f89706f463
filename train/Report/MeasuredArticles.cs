using FakeNewsOnnx.Train.Metrics;
using FakeNewsOnnx.Train.Training;

namespace FakeNewsOnnx.Train.Report;

/// <summary>The articles that were measured, from which the page shows some.</summary>
/// <param name="Predictions">What the model made of them.</param>
/// <param name="Examples">The same articles as tokens.</param>
/// <param name="Read">Reads some of them, by their places.</param>
internal sealed record MeasuredArticles(Predictions Predictions, IReadOnlyList<Example> Examples, Func<IReadOnlySet<int>, IReadOnlyDictionary<int, Article>> Read)
{
    private const int ShownMistakes = 10;

    /// <summary>Places of the articles that are wrong with the highest probability, the surest first.</summary>
    public IReadOnlyList<int> SurestMistakes =>
    [
        .. Enumerable.Range(0, Examples.Count)
            .Where(i => !Predictions.IsRight(i))
            .OrderByDescending(i => Predictions.Probabilities[i][Predictions.Predicted(i)])
            .Take(ShownMistakes),
    ];

    /// <summary>Reads articles and explains them.</summary>
    /// <param name="places">Their places.</param>
    /// <param name="explainer">Explains one.</param>
    /// <param name="onArticle">Is told when another one is done.</param>
    public IReadOnlyDictionary<int, ReportArticle> Explain(IEnumerable<int> places, SentenceExplainer explainer, Action onArticle)
    {
        bool hasSeveralFiles = Examples.Select(example => example.Source).Distinct().Skip(1).Any();
        var shown = new SortedDictionary<int, ReportArticle>();
        foreach (var (place, article) in Read(places.ToHashSet()).OrderBy(entry => entry.Key))
        {
            float[] probabilities = Predictions.Probabilities[place];
            Example example = Examples[place];
            shown[place] = new(place, hasSeveralFiles ? Path.GetFileName(example.Source) : null, example.Line, article, Predictions.Labels[place], probabilities, explainer.Explain(article, probabilities));
            onArticle();
        }

        return shown;
    }
}
