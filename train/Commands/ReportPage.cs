using FakeNewsOnnx.Train.Report;

namespace FakeNewsOnnx.Train.Commands;

/// <summary>Gathers what <c>report.html</c> shows at the end of a command.</summary>
internal static class ReportPage
{
    /// <summary>The notebook's number of rows.</summary>
    private const int SampleRows = 20;

    /// <summary>Adds sampled articles and the surest mistakes, each explained by leaving out its sentences: the part that takes time.</summary>
    public static ReportData AddArticles(ReportData data, MeasuredArticles articles, int seed, SentenceExplainer explainer, bool isQuiet)
    {
        int[] sample = [.. SampleTable.Choose(articles.Examples.Count, SampleRows, seed)];
        IReadOnlyList<int> mistakes = articles.SurestMistakes;
        int[] shown = [.. sample.Union(mistakes)];
        IReadOnlyDictionary<int, ReportArticle>? explained = null;
        if (isQuiet)
        {
            explained = articles.Explain(shown, explainer, () => { });
        }
        else
        {
            ProgressDisplay.Run("explaining for the report", shown.Length, 0, display =>
                explained = articles.Explain(shown, explainer, () => display.Report("articles", advance: 1)));
        }

        return data with { Sample = [.. sample.Select(i => explained![i])], Mistakes = [.. mistakes.Select(i => explained![i])] };
    }
}
