using System.Security.Cryptography;
using System.Text;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Train.Report.Sections;

namespace FakeNewsOnnx.Train.Report;

/// <summary>Writes <c>report.html</c>: one file, without a script, that loads nothing.</summary>
internal static class ReportWriter
{
    /// <summary>The file's name in an output directory.</summary>
    public const string FileName = "report.html";

    private static readonly Func<ReportData, Section?>[] Sections =
    [
        ComparisonSection.Create,
        SourcesSection.Create,
        MetricsSection.Create,
        CurvesSection.Create,
        TrainingSection.Create,
        LengthsSection.Create,
        AuditSection.Create,
        ArticleSections.CreateSample,
        ArticleSections.CreateMistakes,
        ProvenanceSection.Create,
        ArticleSections.CreateTexts,
    ];

    /// <summary>Writes the page whole or not at all; the same data gives the same bytes.</summary>
    public static void Write(string path, ReportData data)
    {
        byte[] page = Encoding.UTF8.GetBytes(Page(data).ToString());
        AtomicFile.Write(path, stream => stream.Write(page));
    }

    /// <summary>The policy lets the browser use this style sheet and nothing else, whatever an article holds.</summary>
    private static Html Page(ReportData data)
    {
        Section[] sections = [.. Sections.Select(create => create(data)).OfType<Section>()];
        Html style = Html.OfResource("report.css");
        string hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style.ToString())));
        return Html.Of($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="referrer" content="no-referrer">
            <title>{data.Title}</title>
            <style>{style}</style>
            </head>
            <body>
            {Summary.Write(data)}
            <nav aria-label="Contents"><ul>{sections.Select(section => Html.Of($"""<li><a href="#{section.Id}">{section.Title}</a></li>"""))}</ul></nav>
            <main>
            {sections.Select(section => section.Write())}
            </main>
            <footer><p>FakeNewsOnnx. This page is one file and loads nothing.</p></footer>
            </body>
            </html>

            """);
    }
}
