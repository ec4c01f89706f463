using FakeNewsOnnx.Train.Audit;

namespace FakeNewsOnnx.Train.Report.Sections;

/// <summary>What the data reveals about its labels besides what is true or false.</summary>
internal static class AuditSection
{
    /// <summary><c>train audit --json</c> prints all of the evidence.</summary>
    private const int ShownRows = 15;

    public static Section? Create(ReportData data) => data.Audit is not { } audit ? null : new("audit", "Audit of the data", Html.Of($"""
        <p>{Text.Articles(audit.Articles)} looked at, for what gives a label away.</p>
        <ul>
        {audit.Verdict.Select(sentence => Html.Of($"<li>{sentence}</li>"))}
        </ul>
        {audit.Findings.Select(Finding)}
        """));

    /// <summary>A word on how bad it is, in its colour.</summary>
    public static Html Badge(Severity severity)
    {
        string word = severity.ToString().ToLowerInvariant();
        return Html.Of($"""<span class="badge {word}">{word}</span>""");
    }

    private static Html Finding(Finding finding)
    {
        Html evidence = finding.Rows.Count == 0 ? default : Table.Write(Caption(finding), finding.Columns, finding.Rows.Take(ShownRows));
        return Html.Of($"""
            <div class="finding">
            <h3>{Badge(finding.Severity)} {finding.Title}</h3>
            <p>{finding.Detail}</p>
            {evidence}
            </div>
            """);
    }

    private static string Caption(Finding finding) =>
        finding.Rows.Count <= ShownRows ? "Evidence, the strongest first" : $"Evidence: the strongest {ShownRows} of {Text.Count(finding.Rows.Count)}";
}
