using FakeNewsOnnx.Train.Evaluation;

namespace FakeNewsOnnx.Train.Report;

/// <summary>A metric that is one number for all articles.</summary>
/// <param name="Name">With an arrow down where less is better.</param>
/// <param name="Of">Its value, null where it is not defined.</param>
internal sealed record ScalarMetric(string Name, Func<ClassificationMetrics, Estimate?> Of)
{
    /// <summary>In the order of the tables.</summary>
    public static IReadOnlyList<ScalarMetric> All { get; } =
        [.. MetricsTables.Rows.Select(row => new ScalarMetric(row.LessIsBetter ? $"{row.Name} ↓" : row.Name, row.Of))];

    /// <summary>The name and, for each classifier, value and interval.</summary>
    public IReadOnlyList<Html> Row(params IEnumerable<ClassificationMetrics> classifiers) =>
        [Table.Cell(Name), .. classifiers.Select(metrics => Value(Of(metrics)))];

    /// <summary>0.788 [0.662–0.881]</summary>
    public static Html Value(Estimate? estimate) => estimate is null
        ? Html.Of($"–")
        : Html.Of($"""{Text.Three(estimate.Value)} <span class="interval">{Text.Interval(estimate)}</span>""");
}
