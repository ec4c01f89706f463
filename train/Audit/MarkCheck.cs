using System.Globalization;

namespace FakeNewsOnnx.Train.Audit;

/// <summary>Datelines, image credits, quote styles and other traits of form that are commoner with one label.</summary>
internal sealed class MarkCheck : IAuditCheck
{
    /// <inheritdoc/>
    public IEnumerable<CheckResult> Find(AuditData data)
    {
        var presences = Mark.All.Select(_ => new Presence(data.ArticlesByLabel)).ToArray();
        foreach (ArticleProfile profile in data.Profiles)
        {
            for (int i = 0; i < presences.Length; i++)
            {
                if ((profile.Marks >> i & 1) != 0)
                {
                    presences[i].Add(profile.Label);
                }
            }
        }

        return Mark.All.Zip(presences)
            .Select(entry => (Mark: entry.First, Presence: entry.Second, Severity: Thresholds.Form.Judge(entry.Second)))
            .Where(entry => entry.Severity != null)
            .OrderByDescending(entry => entry.Presence.Difference)
            .GroupBy(entry => entry.Mark.Group)
            .Select(group =>
            {
                var (mark, presence, severity) = group.First();
                var (id, title) = Name(group.Key);
                string detail = $"{char.ToUpperInvariant(mark.Name[0])}{mark.Name[1..]} is in {presence.Describe(data.Labels)}.";
                string sentence = severity == Severity.Serious
                    ? $"A model can tell {data.Labels[presence.Most]} from {data.Labels[presence.Least]} here by form alone: {mark.Name} is in {presence.Describe(data.Labels)}."
                    : detail;
                return new CheckResult(
                    new(
                        id,
                        severity!.Value,
                        title,
                        string.Create(CultureInfo.InvariantCulture, $"{detail} By itself it tells {Presence.Percent(presence.BalancedAccuracy)} of them apart."),
                        ["trait", .. data.Labels, "alone"],
                        [.. group.Select(entry => (string[])[entry.Mark.Name, .. entry.Presence.ShareCells(), Presence.Percent(entry.Presence.BalancedAccuracy)])]),
                    sentence,
                    presence.Difference);
            });
    }

    private static (string Id, string Title) Name(MarkGroup group) => group switch
    {
        MarkGroup.Datelines => ("datelines", "Datelines reveal the label"),
        MarkGroup.ImageCredits => ("image_credits", "Image credits reveal the label"),
        MarkGroup.QuoteStyles => ("quote_styles", "Quote styles reveal the label"),
        _ => ("punctuation", "Punctuation and layout reveal the label"),
    };
}
