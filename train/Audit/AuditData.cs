using FakeNewsOnnx.Train.Data;

namespace FakeNewsOnnx.Train.Audit;

/// <summary>What the checks look at: a profile of every article, and the texts of a sample.</summary>
/// <param name="Labels">Label names in the order of their ids.</param>
/// <param name="Profiles">One for each article, in their order.</param>
/// <param name="Clusters">Which articles are copies.</param>
/// <param name="Sample">Texts without copies: all, or <see cref="SampleSize"/> of them that a hash of their content chooses.</param>
internal sealed record AuditData(
    IReadOnlyList<string> Labels,
    IReadOnlyList<ArticleProfile> Profiles,
    DuplicateClusters Clusters,
    IReadOnlyList<AuditedArticle> Sample)
{
    /// <summary>The most articles whose texts are held at a time: about 50 MB.</summary>
    public const int SampleSize = 5_000;

    private const int ArticlesPerChunk = 512;

    /// <summary>Articles of each label, in the sample.</summary>
    public int[] SampledByLabel { get; } = CountByLabel(Sample.Select(row => row.Label), Labels.Count);

    /// <summary>Articles of each label.</summary>
    public int[] ArticlesByLabel { get; } = CountByLabel(Profiles.Select(profile => profile.Label), Labels.Count);

    /// <summary>Reads all articles twice: for their profiles, then for the sample.</summary>
    /// <param name="articles">The same articles in the same order whenever they are read.</param>
    /// <param name="labels">Label names in the order of their ids.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static AuditData Read(IEnumerable<AuditedArticle> articles, IReadOnlyList<string> labels, CancellationToken cancellation)
    {
        var profiles = new List<ArticleProfile>();
        foreach (AuditedArticle[] chunk in articles.Chunk(ArticlesPerChunk))
        {
            var read = new ArticleProfile[chunk.Length];
            Parallel.For(0, chunk.Length, new() { CancellationToken = cancellation }, i => read[i] = ArticleProfile.Of(chunk[i]));
            profiles.AddRange(read);
        }

        DuplicateClusters clusters = DuplicateClusters.Of([.. profiles.Select(profile => profile.Content)]);
        HashSet<int> sampled = [.. Enumerable.Range(0, profiles.Count)
            .Where(i => clusters.FirstOf(i) == i)
            .OrderBy(i => profiles[i].Content.Words)
            .Take(SampleSize)];
        return new(labels, profiles, clusters, [.. articles.Where((_, i) => sampled.Contains(i))]);
    }

    /// <summary>Where an article is: "train, line 12", or "test, other.csv, line 3" if its file needs to be named.</summary>
    public static string PlaceOf(SplitPart part, string? file, long line) => FormattableString.Invariant($"{part.ToString().ToLowerInvariant()}, {(file is null ? "" : $"{file}, ")}line {line}");

    private static int[] CountByLabel(IEnumerable<int> articles, int labels)
    {
        int[] counts = new int[labels];
        foreach (int label in articles)
        {
            counts[label]++;
        }

        return counts;
    }
}
