namespace FakeNewsOnnx.Train.Report.Sections;

/// <summary>The articles at hand beside held-out articles of the training data.</summary>
internal static class SourcesSection
{
    public static Section? Create(ReportData data)
    {
        if (data is not { InDomain: { } inside, Measured: { } outside })
        {
            return null;
        }

        IEnumerable<IReadOnlyList<Html>> rows = ScalarMetric.All.Select(metric => (IReadOnlyList<Html>)[
            .. metric.Row(inside.Model, outside.Model),
            metric.Of(inside.Model) is { } first && metric.Of(outside.Model) is { } second ? Table.Cell(Text.Signed(second.Value - first.Value, digits: 3)) : Html.Of($"–")]);
        return new("sources", "Across sources", Html.Of($"""
            <p>Left, held-out articles like those it was trained on: {Text.Articles(inside.Model.Rows)} of <bdi>{inside.Data}</bdi>. Right, another source: {Text.Articles(outside.Model.Rows)} of <bdi>{outside.Data}</bdi>.
            What is lost between them was learnt from the first source's habits.</p>
            {Table.Write("In-domain and cross-domain", ["Metric", "#In-domain", "#Cross-domain", "#Difference"], rows)}
            """));
    }
}
