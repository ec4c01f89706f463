using FakeNewsOnnx.Train.Evaluation;
using Spectre.Console;

namespace FakeNewsOnnx.Tests.Train;

internal sealed class MetricsTablesTests
{
    private static readonly MetricsReport Report = Measurement.Report(
        "articles.csv, test", ["fake", "[bold]"], [0, 0, 1, 1], [[2, 0], [0, 1], [0, 2], [0, 3]], 2, ("base model", new(["fake", "[bold]"], [0, 0, 1, 1], [[0, 1], [0, 1], [1, 0], [1, 0]])));

    [Test]
    public void Tables_ShowEveryPartOfAReport()
    {
        string text = Render(MetricsTables.Of(Report));
        Assert.That(text, Does.Contain("articles.csv, test: 4 articles, temperature 2"));
        Assert.That(text, Does.Match(@"\| Accuracy +\| 0\.7500 +\| 0\.2500 to 1\.0000 +\| 0\.7500 +\|"));
        Assert.That(text, Does.Match(@"\| fake +\| 2 +\| Recall +\| 0\.5000 +\| 0\.0000 to 1\.0000 +\|"));
        Assert.That(text, Does.Match(@"\| fake +\| 1 +\| 1 +\|\n\| \[bold\] +\| 0 +\| 2 +\|"));
        Assert.That(text, Does.Match(@"\| base model +\| 0\.0000 +\| 0\.0000 +\| 0\.0000 +\| 0\.2500 +\|"));
    }

    [Test]
    public void Sources_StandSideBySide() =>
        Assert.That(Render([MetricsTables.AcrossSources(Report, Report with { Data = "other.csv" })]), Does.Match(@"articles\.csv, test \(in-domain\) and other\.csv \(cross-domain\)[^|]*\| +\| In-domain +\| Cross-domain +\|\n.*\n\| Articles +\| 4 +\| 4 +\|\n\| Accuracy +\| 0\.7500 \(0\.25 to 1\.00\) +\| 0\.7500"));

    private static string Render(IEnumerable<(string Title, Table Table)> tables)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        IAnsiConsole console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(writer) });
        console.Print(tables);
        return writer.ToString().ReplaceLineEndings("\n");
    }
}
