using System.Globalization;
using FakeNewsOnnx.Train.Data;

namespace FakeNewsOnnx.Train.Audit;

/// <summary>Copies, word for word or nearly: in one part of the data, across parts, and with another label.</summary>
internal sealed class DuplicateCheck : IAuditCheck
{
    private const int MaxRows = 20;

    private static readonly string[] Columns = ["copy", "article", "label", "of", "label", "title"];

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Find(AuditData data)
    {
        int[][] groups = [.. data.Clusters.Groups.Select(group => group.ToArray())];
        return new[] { FindAcross(data, groups), FindContradictions(data, groups), FindWithin(data, groups) }.OfType<CheckResult>();
    }

    private static CheckResult? FindAcross(AuditData data, int[][] groups)
    {
        // The first of a group that is in another part than a held-out article: what this one is a copy of.
        var copies = groups.SelectMany(group => group
            .Where(i => data.Profiles[i].Part != SplitPart.Train)
            .Select(i => (Copy: i, Of: group.Where(other => data.Profiles[other].Part < data.Profiles[i].Part).Append(-1).First()))
            .Where(pair => pair.Of >= 0)).ToArray();
        double share = (double)copies.Length / Math.Max(1, data.Profiles.Count(profile => profile.Part != SplitPart.Train));
        return Describe(
            data, copies, Thresholds.CopiesAcross.Judge(share), share, "duplicates_across_splits", "Copies across parts of the data",
            $"Copied from a part that comes before: {Articles(copies.Length)} of validation or test ({Presence.Percent(share)})",
            "what is measured there is partly memory");
    }

    private static CheckResult? FindWithin(AuditData data, int[][] groups)
    {
        var copies = groups.SelectMany(group => group.GroupBy(i => data.Profiles[i].Part))
            .SelectMany(part => part.Skip(1).Select(i => (Copy: i, Of: part.First()))).ToArray();
        double share = (double)copies.Length / data.Profiles.Count;
        return Describe(
            data, copies, Thresholds.CopiesWithin.Judge(share), share, "duplicates_within_splits", "Copies within a part of the data",
            $"Copied within a part: {Articles(copies.Length)} ({Presence.Percent(share)})",
            "they count twice, in training and in every measurement");
    }

    private static CheckResult? FindContradictions(AuditData data, int[][] groups)
    {
        var contradicted = groups.Where(group => group.Select(i => data.Profiles[i].Label).Distinct().Skip(1).Any()).ToArray();
        var copies = contradicted.SelectMany(group => group
            .Select(i => (Copy: i, Of: group[0]))
            .Where(pair => data.Profiles[pair.Copy].Label != data.Profiles[pair.Of].Label)).ToArray();
        double share = (double)contradicted.Sum(group => group.Length) / data.Profiles.Count;
        return Describe(
            data, copies, Thresholds.Contradictions.Judge(share), share, "duplicates_across_labels", "Copies with another label",
            $"Copied with another label: {Articles(copies.Length)}",
            "one of the two labels is wrong");
    }

    private static CheckResult? Describe(
        AuditData data, (int Copy, int Of)[] copies, Severity? severity, double share, string id, string title, string what, string consequence)
    {
        if (copies.Length == 0)
        {
            return null;
        }

        var pairs = copies.Select(pair => (Copy: data.Profiles[pair.Copy], Of: data.Profiles[pair.Of])).ToArray();
        int exact = pairs.Count(pair => pair.Copy.Content.Words == pair.Of.Content.Words);
        string detail = string.Create(
            CultureInfo.InvariantCulture, $"{what}, {exact} word for word, {copies.Length - exact} nearly (at least {100 * DuplicateClusters.Threshold:F0} % of their runs of {Fingerprint.ShingleWords} words).");
        var rows = pairs.OrderByDescending(pair => pair.Copy.Content.SimilarityTo(pair.Of.Content)).Take(MaxRows).Select(pair => (string[])
        [
            pair.Copy.Content.Words == pair.Of.Content.Words ? "exact" : pair.Copy.Content.SimilarityTo(pair.Of.Content).ToString("F2", CultureInfo.InvariantCulture),
            PlaceOf(pair.Copy),
            data.Labels[pair.Copy.Label],
            PlaceOf(pair.Of),
            data.Labels[pair.Of.Label],
            pair.Copy.Title,
        ]);
        return new(new(id, severity!.Value, title, detail, Columns, [.. rows]), $"{what}; {consequence}.", share);
    }

    private static string PlaceOf(ArticleProfile profile) => AuditData.PlaceOf(profile.Part, profile.File, profile.Line);

    private static string Articles(int count) => count == 1 ? "1 article" : string.Create(CultureInfo.InvariantCulture, $"{count:N0} articles");
}
