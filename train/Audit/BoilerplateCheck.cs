using System.Globalization;

namespace FakeNewsOnnx.Train.Audit;

/// <summary>Sentences that recur in many articles, and whether they are commoner with one label.</summary>
internal sealed class BoilerplateCheck : IAuditCheck
{
    private const int MaxRows = 20;

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Find(AuditData data)
    {
        HashSet<ulong> keys = Boilerplate.Find(data.Sample);
        var found = new Dictionary<ulong, (string Text, Presence Presence)>();
        foreach (AuditedArticle row in data.Sample)
        {
            foreach (var (key, place) in Boilerplate.SentencesOf(row.Article).Where(sentence => keys.Contains(sentence.Key)))
            {
                found.TryAdd(key, (row.Article.Content![place].Trim(), new(data.SampledByLabel)));
                found[key].Presence.Add(row.Label);
            }
        }

        if (found.Count == 0)
        {
            yield break;
        }

        var sentences = found.Values.OrderByDescending(entry => entry.Presence.Difference).ThenByDescending(entry => entry.Presence.Total).ToArray();
        var (text, presence) = sentences[0];
        Severity severity = Thresholds.Form.Judge(presence) ?? Severity.Note;
        string recur = string.Create(
            CultureInfo.InvariantCulture, $"{sentences.Length:N0} {(sentences.Length == 1 ? "sentence recurs" : "sentences recur")} in at least {Boilerplate.LeastArticles(data.Sample.Count):N0} articles each");
        string example = $"'{ArticleProfile.Shorten(text)}' is in {presence.Describe(data.Labels)}";
        yield return new(
            new(
                "boilerplate", severity, "Boiler-plate", $"{recur}; {example}.",
                ["sentence", .. data.Labels, "articles"],
                [.. sentences.Take(MaxRows).Select(entry => (string[])[ArticleProfile.Shorten(entry.Text), .. entry.Presence.ShareCells(), entry.Presence.Total.ToString(CultureInfo.InvariantCulture)])]),
            severity == Severity.Note ? null : $"Boiler-plate gives labels away: {example}.",
            presence.Difference);
    }
}
