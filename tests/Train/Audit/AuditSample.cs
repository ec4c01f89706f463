using FakeNewsOnnx.Train.Audit;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Recipes;

namespace FakeNewsOnnx.Tests.Train.Audit;

/// <summary>The fake and the real articles of the sample, with what a test plants in them.</summary>
internal static class AuditSample
{
    public const int Fake = 0;
    public const int Real = 1;

    public static readonly Recipe Recipe = new() { IgnoreLabels = ["satire"] };

    private static readonly string[] Cities = ["LONDON", "NEW YORK", "WASHINGTON/BEIJING", "WEST PALM BEACH, Fla."];

    private static readonly Lazy<AuditedArticle[]> Rows = new(() =>
    {
        var split = new HashSplit(Recipe.ValidationFraction, Recipe.TestFraction, Recipe.SplitSeed);
        return [.. new LabelledArticles([Repository.PathOf("samples", "horne-adali-2017.csv")], Recipe).Read()
            .Select(row => new AuditedArticle(row.Article, row.Label, split.PartOf(row.Article.Content!), null, row.Line))];
    });

    private static readonly Lazy<AuditedArticle[]> CleanRows = new(MakeClean);

    /// <summary>As they are.</summary>
    public static IReadOnlyList<AuditedArticle> Articles => Rows.Value;

    /// <summary>Without copies, datelines, credits, boiler-plate and typographic quotes.</summary>
    public static IReadOnlyList<AuditedArticle> Clean => CleanRows.Value;

    /// <summary>With a change to the content of one label's articles.</summary>
    public static AuditedArticle[] Change(this IEnumerable<AuditedArticle> articles, int label, Func<string, int, string> change) =>
        [.. articles.Select((row, i) => row.Label == label ? row with { Article = row.Article with { Content = change(row.Article.Content!, i) } } : row)];

    /// <summary>"LONDON (Reuters) - " and the like.</summary>
    public static string Dateline(int article) => $"{Cities[article % Cities.Length]} (Reuters) - ";

    public static AuditData Read(IEnumerable<AuditedArticle> articles) => AuditData.Read(articles, Recipe.Labels, CancellationToken.None);

    public static AuditReport Audit(IEnumerable<AuditedArticle> articles) => Auditor.Run(Read(articles), CancellationToken.None);

    public static Finding? Find(this AuditReport report, string id) => report.Findings.SingleOrDefault(finding => finding.Id == id);

    private static AuditedArticle[] MakeClean()
    {
        AuditData data = Read(Articles);
        var cleaner = new ArticleCleaner(Boilerplate.Find(data.Sample));
        AuditedArticle[] clean = [.. Articles.Select(row => row with { Article = cleaner.Clean(row.Article).Article })];
        HashSet<int> copies = [.. Read(clean).Clusters.Groups.SelectMany(group => group.Skip(1))];
        return [.. clean.Where((_, i) => !copies.Contains(i))];
    }
}
