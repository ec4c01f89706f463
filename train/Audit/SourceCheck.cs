namespace FakeNewsOnnx.Train.Audit;

/// <summary>Names of agencies and papers, and sites, in the texts: who published an article is not whether it is true.</summary>
internal sealed class SourceCheck : IAuditCheck
{
    private const int MaxRows = 20;

    private static readonly string[] Names =
    [
        "Reuters", "Associated Press", "(AP)", "AFP", "Bloomberg", "CNN", "Fox News", "NBC", "CBS", "ABC News", "MSNBC", "BBC", "NPR", "Politico", "Breitbart", "Infowars",
        "New York Times", "Washington Post", "Wall Street Journal", "USA Today", "Guardian", "Daily Mail", "Daily Caller", "Huffington Post", "BuzzFeed", "Sputnik", "RT",
        "21st Century Wire", "Zero Hedge", "Natural News", "The Onion", "Occupy Democrats", "Snopes", "PolitiFact", "YouTube", "Facebook", "Twitter",
    ];

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Find(AuditData data)
    {
        var presences = new Dictionary<string, Presence>(StringComparer.Ordinal);
        foreach (AuditedArticle row in data.Sample)
        {
            string text = row.Article.ToText();
            foreach (string source in Names.Where(name => Contains(text, name)).Concat(SitesIn(text)))
            {
                presences.TryAdd(source, new(data.SampledByLabel));
                presences[source].Add(row.Label);
            }
        }

        var found = presences.Where(entry => Thresholds.Form.Judge(entry.Value) != null)
            .OrderByDescending(entry => entry.Value.Difference).ThenBy(entry => entry.Key, StringComparer.Ordinal).Take(MaxRows).ToArray();
        if (found is [var (name, presence), ..])
        {
            string sentence = $"The source gives labels away: '{name}' is named in {presence.Describe(data.Labels)}.";
            yield return new(
                new(
                    "sources", Thresholds.Form.Judge(presence)!.Value, "Names of sources reveal the label", sentence,
                    ["source", .. data.Labels, "alone"],
                    [.. found.Select(entry => (string[])[entry.Key, .. entry.Value.ShareCells(), Presence.Percent(entry.Value.BalancedAccuracy)])]),
                sentence,
                presence.Difference);
        }
    }

    private static IEnumerable<string> SitesIn(string text) =>
        !Patterns.HasWebAddress(text) ? [] : Patterns.WebAddress().Matches(text).Select(match => match.Groups["site"].Value.ToLowerInvariant()).Distinct();

    private static bool Contains(string text, string name)
    {
        for (int at = text.IndexOf(name, StringComparison.Ordinal); at >= 0; at = text.IndexOf(name, at + 1, StringComparison.Ordinal))
        {
            bool isWord = (at == 0 || !char.IsLetterOrDigit(text[at - 1]) || name[0] == '(')
                && (at + name.Length == text.Length || !char.IsLetterOrDigit(text[at + name.Length]) || name[^1] == ')');
            if (isWord)
            {
                return true;
            }
        }

        return false;
    }
}
