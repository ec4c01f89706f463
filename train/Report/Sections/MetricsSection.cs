using FakeNewsOnnx.Train.Evaluation;

namespace FakeNewsOnnx.Train.Report.Sections;

/// <summary>Every metric with its interval, for all articles and for each label.</summary>
internal static class MetricsSection
{
    public static Section? Create(ReportData data) => data.Measured is not { } measured ? null : new("metrics", "Metrics", Html.Of($"""
        <p>On {Text.Articles(measured.Model.Rows)} of <bdi>{measured.Data}</bdi>, with 95 % bootstrap intervals over the articles. ↓: less is better.</p>
        {AllArticles(measured)}
        {ByLabel(measured.Model)}
        """));

    private static Html AllArticles(MetricsReport measured)
    {
        IReadOnlyList<string> columns = measured.Uncalibrated is null ? ["Metric", "#Value"] : ["Metric", $"#At temperature {Text.Short(measured.Temperature)}", "#At temperature 1"];
        ClassificationMetrics[] models = measured.Uncalibrated is { } uncalibrated ? [measured.Model, uncalibrated] : [measured.Model];
        return Table.Write("All labels", columns, ScalarMetric.All.Select(metric => metric.Row(models)));
    }

    private static Html ByLabel(ClassificationMetrics metrics) => Table.Write(
        "By label",
        ["Label", "#Articles", "#Precision", "#Recall", "#F1"],
        metrics.Labels.Select(label => (IReadOnlyList<Html>)[
            Html.Of($"<bdi>{label.Label}</bdi>"), Table.Cell(Text.Count(label.Support)), ScalarMetric.Value(label.Precision), ScalarMetric.Value(label.Recall), ScalarMetric.Value(label.F1)]));
}
