using FakeNewsOnnx.Train.Evaluation;

namespace FakeNewsOnnx.Train.Report.Sections;

/// <summary>The fine-tuned model beside simpler ones.</summary>
internal static class ComparisonSection
{
    public static Section? Create(ReportData data)
    {
        if (data.Measured is not { ComparedWith.Count: > 0 } measured)
        {
            return null;
        }

        IReadOnlyList<Html> model = [Html.Of($"<strong>this model</strong>"), .. Values(measured.Model), default, default];
        IEnumerable<IReadOnlyList<Html>> others = measured.ComparedWith.Select(other => (IReadOnlyList<Html>)[
            Table.Cell(other.Name),
            .. Values(other.Metrics),
            Table.Cell($"{Text.Count(other.Test.OnlyFirstRight)} : {Text.Count(other.Test.OnlySecondRight)}"),
            Table.Cell(Text.PValue(other.Test.PValue))]);
        return new("comparison", "Is it better than something simpler?", Html.Of($"""
            {Table.Write("The same articles, other classifiers", ["Classifier", "#Accuracy", "#Macro F1", "#ROC-AUC", "#Log loss ↓", "#Only one right (this : other)", "#p (McNemar)"], others.Prepend(model))}
            <p class="note">p: how likely so uneven a split would be if both were equally good. Above 0.05, these articles cannot tell them apart.</p>
            """));
    }

    private static IEnumerable<Html> Values(ClassificationMetrics metrics) =>
        [ScalarMetric.Value(metrics.Accuracy), ScalarMetric.Value(metrics.MacroF1), ScalarMetric.Value(metrics.RocAuc), ScalarMetric.Value(metrics.LogLoss)];
}
