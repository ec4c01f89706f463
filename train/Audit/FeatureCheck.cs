using System.Globalization;

namespace FakeNewsOnnx.Train.Audit;

/// <summary>
/// Length, punctuation and casing: how well one number and a threshold tell labels apart. The threshold is chosen on one half
/// of the articles and measured on the other, then the other way round. Copies of articles are left out.
/// </summary>
internal sealed class FeatureCheck : IAuditCheck
{
    /// <inheritdoc/>
    public IEnumerable<CheckResult> Find(AuditData data)
    {
        ArticleProfile[] profiles = [.. data.Profiles.Where((_, i) => data.Clusters.FirstOf(i) == i)];
        var measured = Feature.All.Index()
            .Select(entry => (entry.Item.Name, Best: Enumerable.Range(0, data.Labels.Count).Select(label => Measure(profiles, entry.Index, label)).MaxBy(result => result.Accuracy)))
            .OrderByDescending(entry => entry.Best.Accuracy)
            .ToArray();
        var (name, best) = measured[0];
        if (Thresholds.OneNumber.Judge(best.Accuracy) is not { } severity)
        {
            yield break;
        }

        string sentence = string.Create(
            CultureInfo.InvariantCulture, $"By one number, {name}, {Presence.Percent(best.Accuracy)} of the labels can be told: {data.Labels[best.Label]} articles have {(best.IsAbove ? "more" : "less")}.");
        yield return new(
            new(
                "numbers", severity, "Length, punctuation or casing reveal the label", sentence,
                ["number", "label", "alone"],
                [.. measured.Select(entry => (string[])[entry.Name, $"{(entry.Best.IsAbove ? "more" : "less")} with {data.Labels[entry.Best.Label]}", Presence.Percent(entry.Best.Accuracy)])]),
            sentence,
            (2 * best.Accuracy) - 1);
    }

    /// <summary>How well one number tells one label from the rest: balanced accuracy, 0.5 for a guess.</summary>
    private static (double Accuracy, int Label, bool IsAbove) Measure(ArticleProfile[] profiles, int feature, int label)
    {
        var halves = profiles.ToLookup(profile => (profile.Content.Words & 1) != 0, profile => (Value: profile.Features[feature], IsLabel: profile.Label == label));
        var (first, isAbove) = Fit([.. halves[false]]);
        var (second, isAboveToo) = Fit([.. halves[true]]);
        double accuracy = (Apply([.. halves[true]], first, isAbove) + Apply([.. halves[false]], second, isAboveToo)) / 2;
        return (accuracy, label, isAbove);
    }

    /// <summary>The threshold with the best balanced accuracy, and on which side of it the label is.</summary>
    private static (float Threshold, bool IsAbove) Fit((float Value, bool IsLabel)[] half)
    {
        Array.Sort(half);
        double labelled = Math.Max(1, half.Count(entry => entry.IsLabel)), others = Math.Max(1, half.Length - labelled);
        double lead = 0, best = 0;
        float threshold = 0;
        for (int i = 0; i < half.Length; i++)
        {
            // The lead of the label over the others among the values up to this one.
            lead += half[i].IsLabel ? 1 / labelled : -1 / others;
            if (Math.Abs(lead) > Math.Abs(best) && (i + 1 == half.Length || half[i + 1].Value > half[i].Value))
            {
                (best, threshold) = (lead, half[i].Value);
            }
        }

        return (threshold, best < 0);
    }

    private static double Apply((float Value, bool IsLabel)[] half, float threshold, bool isAbove)
    {
        double labelled = Math.Max(1, half.Count(entry => entry.IsLabel)), others = Math.Max(1, half.Length - labelled);
        return half.Sum(entry => (entry.Value > threshold == isAbove) != entry.IsLabel ? 0 : 1 / (2 * (entry.IsLabel ? labelled : others)));
    }
}
