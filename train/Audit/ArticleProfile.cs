using FakeNewsOnnx.Train.Data;

namespace FakeNewsOnnx.Train.Audit;

/// <summary>What the audit keeps of every article, about 550 bytes: its text is not kept.</summary>
/// <param name="Label">The label's id.</param>
/// <param name="Part">The part of the data.</param>
/// <param name="File">Its file's name, where the part has one of its own.</param>
/// <param name="Line">Where its record starts in its file.</param>
/// <param name="Title">The start of its title, for evidence.</param>
/// <param name="Content">Finds copies of the content, whatever their titles.</param>
/// <param name="Marks">The <see cref="Mark"/>s that it has.</param>
/// <param name="Features">The value of each <see cref="Feature"/>.</param>
internal sealed record ArticleProfile(int Label, SplitPart Part, string? File, long Line, string Title, Fingerprint Content, uint Marks, float[] Features)
{
    private const int TitleLength = 60;

    /// <summary>Reads one article.</summary>
    public static ArticleProfile Of(AuditedArticle row) => new(
        row.Label,
        row.Part,
        row.File,
        row.Line,
        Shorten(row.Article.Title!),
        Fingerprint.Of(row.Article.Content),
        Mark.Find(row.Article),
        [.. Feature.All.Select(feature => feature.Measure(row.Article))]);

    /// <summary>A text's first characters on one line.</summary>
    public static string Shorten(string text)
    {
        string start = text.Length <= TitleLength ? text : text[..TitleLength] + "…";
        return start.ReplaceLineEndings(" ");
    }
}
