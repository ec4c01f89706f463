using FakeNewsOnnx.Train.Audit;
using FakeNewsOnnx.Train.Evaluation;

namespace FakeNewsOnnx.Train.Report.Sections;

/// <summary>The top of the page: the result in a sentence, and the audit's verdict beside it.</summary>
internal static class Summary
{
    public static Html Write(ReportData data) => Html.Of($"""
        <header>
        <p class="kind">{(data.Training is null ? "Evaluation" : "Fine-tuning")} report</p>
        <h1><bdi>{data.Title}</bdi></h1>
        <div class="cards">
        <div class="card result">
        <h2>Result</h2>
        {Result(data)}
        </div>
        {Verdict(data.Audit)}</div>
        </header>

        """);

    private static Html Result(ReportData data) => data.Measured is not { } measured ? Html.Of($"<p>Nothing was measured.</p>") : Html.Of($"""
        <p class="figure">{Text.Percent(measured.Model.Accuracy.Value)}</p>
        <p>{Sentence(measured)} {Comparisons(data, measured)}</p>
        <p class="note">Measured on <bdi>{measured.Data}</bdi>. It has learnt the style of its training articles, not what is true.</p>
        """);

    private static string Sentence(MetricsReport measured)
    {
        Estimate accuracy = measured.Model.Accuracy;
        return $"of {Text.Articles(measured.Model.Rows)} right; 95 % interval {Text.Percent(accuracy.Low)} to {Text.Percent(accuracy.High)}.";
    }

    private static Html Comparisons(ReportData data, MetricsReport measured)
    {
        IEnumerable<string> others = measured.ComparedWith.Select(other => $"{other.Name} {Text.Percent(other.Metrics.Accuracy.Value)}");
        string inside = data.InDomain is { } home ? $" On its own held-out articles: {Text.Percent(home.Model.Accuracy)}." : "";
        return measured.ComparedWith.Count == 0 ? Html.Of($"{inside}") : Html.Of($"Beside it: {string.Join(", ", others)}.{inside}");
    }

    private static Html Verdict(AuditReport? audit)
    {
        if (audit is null)
        {
            return default;
        }

        Severity worst = audit.Findings.Select(finding => finding.Severity).DefaultIfEmpty(Severity.Note).Max();
        return Html.Of($"""
            <div class="card">
            <h2>Audit of the data {(audit.Findings.Count == 0 ? default : AuditSection.Badge(worst))}</h2>
            {audit.Verdict.Take(3).Select(sentence => Html.Of($"<p>{sentence}</p>"))}
            <p class="note"><a href="#audit">{Text.Count(audit.Findings.Count)} finding{(audit.Findings.Count == 1 ? "" : "s")}</a></p>
            </div>

            """);
    }
}
