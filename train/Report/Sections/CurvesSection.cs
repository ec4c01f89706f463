using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.Report.Plots;
using OxyPlot;

namespace FakeNewsOnnx.Train.Report.Sections;

/// <summary>Confusion matrix, ROC and reliability: where it is wrong, and whether it knows.</summary>
internal static class CurvesSection
{
    private const int Shades = 5;

    public static Section? Create(ReportData data) => data.Measured is not { } measured ? null : new("errors", "Errors and confidence", Html.Of($"""
        {Confusion(measured.Model)}
        <div class="figures">
        {Roc(measured.Model)}{Reliability(measured)}</div>
        """));

    private static Html Confusion(ClassificationMetrics metrics)
    {
        string[] names = [.. metrics.Labels.Select(label => label.Label)];
        return Table.Write(
            "Confusion matrix: articles by their own label (rows) and predicted label (columns)",
            ["Label", .. names.Select(name => $"#predicted {name}")],
            metrics.ConfusionMatrix.Zip(names, (row, name) => (IReadOnlyList<Html>)[Html.Of($"<bdi>{name}</bdi>"), .. row.Select(count => Cell(count, row.Sum()))]));
    }

    private static Html Cell(int count, int total)
    {
        double part = total == 0 ? 0 : (double)count / total;
        return Html.Of($"""<span class="shade shade-{Text.Count((int)Math.Round(part * Shades))}">{Text.Count(count)} <small>{Text.Percent(part)}</small></span>""");
    }

    private static Html Roc(ClassificationMetrics metrics)
    {
        if (metrics.Roc.Count == 0)
        {
            return default;
        }

        PlotModel plot = Chart.Create(Chart.UnitAxis("false positive rate"), Chart.UnitAxis("true positive rate"));
        plot.Annotations.Add(Chart.Diagonal());
        foreach (var (i, curve) in metrics.Roc.Index())
        {
            plot.Series.Add(Chart.Line(i, curve.FalsePositiveRate.Zip(curve.TruePositiveRate), hasMarkers: false));
        }

        return new PlotFigure("plot-roc", "ROC curve", $"True positive rate by false positive rate; the area under the curve is {Text.Three(metrics.RocAuc?.Value)}.")
        {
            Legend = [.. metrics.Roc.Select(curve => curve.Label)],
            Caption = $"Area under the curve {Text.Three(metrics.RocAuc?.Value)} [{Text.Interval(metrics.RocAuc)}]. Dashed: guessing.",
        }.Write(plot);
    }

    private static Html Reliability(MetricsReport measured)
    {
        PlotModel plot = Chart.Create(Chart.UnitAxis("highest probability"), Chart.UnitAxis("part that is right"));
        plot.Annotations.Add(Chart.Diagonal());
        (string Name, ClassificationMetrics Metrics)[] models = measured.Uncalibrated is { } uncalibrated
            ? [($"calibrated (temperature {Text.Short(measured.Temperature)})", measured.Model), ("before (temperature 1)", uncalibrated)]
            : [("this model", measured.Model)];
        foreach (var (i, model) in models.Index())
        {
            plot.Series.Add(Chart.Line(i, model.Metrics.Reliability.Where(bin => bin.Count > 0).Select(bin => (bin.Confidence, bin.Accuracy)), hasMarkers: true));
        }

        string errors = string.Join(", ", models.Select(model => $"{model.Name} {Text.Three(model.Metrics.ExpectedCalibrationError.Value)}"));
        return new PlotFigure("plot-reliability", "Reliability", $"Part of the articles that is right by their highest probability. Expected calibration error: {errors}.")
        {
            Legend = [.. models.Select(model => model.Name)],
            Caption = $"Below the dashed line the model is surer than it is right. Expected calibration error: {errors}.",
        }.Write(plot);
    }
}
