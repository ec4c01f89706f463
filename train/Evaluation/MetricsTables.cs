using System.Globalization;
using Spectre.Console;

namespace FakeNewsOnnx.Train.Evaluation;

/// <summary>Shows reports on the terminal, as tables that are Markdown as well.</summary>
internal static class MetricsTables
{
    /// <summary>The metrics of a table, in its order, here, in the model card and in the report.</summary>
    public static IReadOnlyList<(string Name, bool LessIsBetter, Func<ClassificationMetrics, Estimate?> Of)> Rows { get; } =
    [
        ("Accuracy", false, metrics => metrics.Accuracy),
        ("Macro F1", false, metrics => metrics.MacroF1),
        ("Weighted F1", false, metrics => metrics.WeightedF1),
        ("ROC-AUC", false, metrics => metrics.RocAuc),
        ("PR-AUC", false, metrics => metrics.PrAuc),
        ("Log loss", true, metrics => metrics.LogLoss),
        ("Brier score", true, metrics => metrics.Brier),
        ("Expected calibration error", true, metrics => metrics.ExpectedCalibrationError),
    ];

    /// <summary>The tables of one report: all metrics, each label, the confusion matrix, and what the classifier is compared with.</summary>
    public static IEnumerable<(string Title, Table Table)> Of(MetricsReport report)
    {
        yield return (string.Create(CultureInfo.InvariantCulture, $"{report.Data}: {report.Model.Rows} articles, temperature {report.Temperature:0.###}"), Metrics(report));
        yield return ("Each label", Labels(report.Model));
        yield return ("Articles by their own label (rows) and the predicted one (columns)", Confusion(report.Model));
        if (report.ComparedWith.Count > 0)
        {
            yield return ("On the same articles", Compared(report));
        }
    }

    /// <summary>Two reports of one classifier, side by side.</summary>
    public static (string Title, Table Table) AcrossSources(MetricsReport inDomain, MetricsReport crossDomain)
    {
        Table table = Create("", "In-domain", "Cross-domain");
        table.AddRow("Articles", $"{inDomain.Model.Rows}", $"{crossDomain.Model.Rows}");
        foreach (var (name, _, of) in Rows)
        {
            table.AddRow(name, WithInterval(of(inDomain.Model)), WithInterval(of(crossDomain.Model)));
        }

        return ($"Across sources: {inDomain.Data} (in-domain) and {crossDomain.Data} (cross-domain), with 95 % intervals", table);
    }

    /// <summary>Prints titled tables.</summary>
    public static void Print(this IAnsiConsole console, IEnumerable<(string Title, Table Table)> tables)
    {
        foreach (var (title, table) in tables)
        {
            console.WriteLine();
            console.WriteLine(title);
            console.Write(table);
        }
    }

    private static Table Metrics(MetricsReport report)
    {
        bool isScaled = report.Uncalibrated is not null;
        Table table = Create(["", "Value", "95 % interval", .. isScaled ? ["At temperature 1"] : (string[])[]]);
        foreach (var (name, _, of) in Rows)
        {
            Estimate? value = of(report.Model);
            table.AddRow([name, Number(value?.Value), Interval(value), .. isScaled ? [Number(of(report.Uncalibrated!)?.Value)] : (string[])[]]);
        }

        return table;
    }

    private static Table Labels(ClassificationMetrics metrics)
    {
        Table table = Create("Label", "Articles", "", "Value", "95 % interval");
        foreach (LabelMetrics label in metrics.Labels)
        {
            foreach (var (name, value) in ((string, Estimate)[])[("Precision", label.Precision), ("Recall", label.Recall), ("F1", label.F1)])
            {
                table.AddRow(Markup.Escape(label.Label), $"{label.Support}", name, Number(value.Value), Interval(value));
            }
        }

        return table;
    }

    private static Table Confusion(ClassificationMetrics metrics)
    {
        Table table = Create(["", .. metrics.Labels.Select(label => label.Label)]);
        foreach (var (label, row) in metrics.Labels.Zip(metrics.ConfusionMatrix))
        {
            table.AddRow([Markup.Escape(label.Label), .. row.Select(cell => $"{cell}")]);
        }

        return table;
    }

    private static Table Compared(MetricsReport report)
    {
        Table table = Create("Classifier", "Accuracy", "Macro F1", "ROC-AUC", "McNemar p");
        Add("this model", report.Model, "");
        foreach (Comparison other in report.ComparedWith)
        {
            Add(other.Name, other.Metrics, other.Test.PValue < 1e-4 ? "< 0.0001" : Number(other.Test.PValue));
        }

        return table;

        void Add(string name, ClassificationMetrics metrics, string pValue) =>
            table.AddRow(Markup.Escape(name), Number(metrics.Accuracy.Value), Number(metrics.MacroF1.Value), Number(metrics.RocAuc?.Value), pValue);
    }

    private static Table Create(params string[] columns)
    {
        var table = new Table { Border = TableBorder.Markdown };
        foreach (string column in columns)
        {
            table.AddColumn(Markup.Escape(column));
        }

        return table;
    }

    private static string Interval(Estimate? value) => value is null ? "" : $"{Number(value.Low)} to {Number(value.High)}";

    private static string WithInterval(Estimate? value) =>
        value is null ? Number(null) : string.Create(CultureInfo.InvariantCulture, $"{value.Value:F4} ({value.Low:F2} to {value.High:F2})");

    private static string Number(double? value) => value?.ToString("F4", CultureInfo.InvariantCulture) ?? "undefined";
}
