using FakeNewsOnnx.Train.Report.Plots;
using OxyPlot;
using OxyPlot.Series;

namespace FakeNewsOnnx.Train.Report.Sections;

/// <summary>How long the articles are, by label, and how many are longer than what is read.</summary>
internal static class LengthsSection
{
    private const int Bins = 20;

    public static Section? Create(ReportData data)
    {
        if (data.Lengths is not { } lengths || lengths.Parts.All(part => part.Articles.Count == 0))
        {
            return null;
        }

        (int Label, int Tokens)[] all = [.. lengths.Parts.SelectMany(part => part.Articles)];
        string truncated = $"{Text.Articles(lengths.Truncated)} ({Text.Percent((double)lengths.Truncated / all.Length)}) {(lengths.Truncated == 1 ? "is" : "are")} longer than the {Text.Count(lengths.MaxTokens)} tokens that are read";
        return new("lengths", "Lengths and truncation", Html.Of($"""
            <p>{truncated}.</p>
            <div class="figures">
            {Figure(all, lengths.MaxTokens, data.Labels, truncated)}</div>
            {Table.Write("Tokens read of an article", ["Part", "#Articles", "#Shortest", "#Median", "#Mean", "#Longest", $"#At the limit of {Text.Count(lengths.MaxTokens)}"], lengths.Parts.Where(part => part.Articles.Count > 0).Select(part => Row(part, lengths.MaxTokens)))}
            """));
    }

    private static Html Figure((int Label, int Tokens)[] articles, int maxTokens, IReadOnlyList<string> labels, string truncated)
    {
        PlotModel plot = Chart.Create(Chart.Axis("tokens read"), Chart.Axis("articles"));
        double width = Math.Max(1, (double)articles.Max(article => article.Tokens) / Bins);
        int[][] counts = [.. labels.Select(_ => new int[Bins])];
        foreach (var (label, tokens) in articles)
        {
            counts[label][Math.Clamp((int)Math.Ceiling(tokens / width) - 1, 0, Bins - 1)]++;
        }

        var floor = new int[Bins];
        foreach (var (label, bins) in counts.Index())
        {
            var bars = new RectangleBarSeries { FillColor = PlotColors.Series(label), StrokeColor = PlotColors.Series(label), StrokeThickness = 0 };
            foreach (var (bin, count) in bins.Index().Where(entry => entry.Item > 0))
            {
                bars.Items.Add(new(bin * width, floor[bin], (bin + 0.9) * width, floor[bin] + count));
                floor[bin] += count;
            }

            plot.Series.Add(bars);
        }

        return new PlotFigure("plot-lengths", "Tokens of the articles", $"Articles by the number of tokens that are read, stacked by label, up to {Text.Count(maxTokens)} tokens. {truncated}.")
        {
            Legend = labels,
            Caption = $"Stacked by label. What is longer than {Text.Count(maxTokens)} tokens stands at {Text.Count(maxTokens)}.",
        }.Write(plot);
    }

    private static IReadOnlyList<string> Row(PartLengths part, int maxTokens)
    {
        int[] tokens = [.. part.Articles.Select(article => article.Tokens).Order()];
        int middle = tokens.Length / 2;
        double median = tokens.Length % 2 == 1 ? tokens[middle] : (tokens[middle - 1] + tokens[middle]) / 2.0;
        return [part.Name, Text.Count(tokens.Length), Text.Count(tokens[0]), Text.Count((long)median), Text.Count((long)Math.Round(tokens.Average())), Text.Count(tokens[^1]), Text.Count(tokens.Count(count => count == maxTokens))];
    }
}
