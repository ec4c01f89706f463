using System.Globalization;

namespace FakeNewsOnnx.Train.Audit;

/// <summary>
/// Words and phrases that are commoner with one label, with the log-odds ratio of Monroe, Colaresi and Quinn ("Fightin'
/// Words", 2008): a Dirichlet prior in proportion to the whole corpus shrinks what is rare, and z is the ratio in standard errors.
/// </summary>
/// <param name="cancellation">Ends the work.</param>
internal sealed class PhraseCheck(CancellationToken cancellation) : IAuditCheck
{
    private const int MaxRows = 20;

    /// <summary>The prior weighs as much as so many words with each label: about one article.</summary>
    private const double PriorWords = 500;

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Find(AuditData data)
    {
        var counter = new PhraseCounter(data);
        int[] words = counter.WordsByLabel();
        List<Phrase> listed = SelectUnlike(counter.FindCommon(cancellation)
            .Where(phrase => Thresholds.Words.Judge(phrase.Presence) != null)
            .OrderByDescending(phrase => phrase.Presence.Difference).ThenBy(phrase => phrase.Words).ThenBy(phrase => phrase.Text, StringComparer.Ordinal));
        if (listed is not [var strongest, ..])
        {
            yield break;
        }

        Severity severity = Thresholds.Words.Judge(strongest.Presence)!.Value;
        string kind = strongest.Words == 1 ? "word" : "phrase";
        string appears = $"'{strongest.Text}' appears in {strongest.Presence.Describe(data.Labels)}.";
        string sentence = severity == Severity.Serious
            ? $"A model can tell {data.Labels[strongest.Presence.Most]} from {data.Labels[strongest.Presence.Least]} here by one {kind}: {appears}"
            : $"One {kind} goes far: {appears}";
        yield return new(
            new(
                "phrases", severity, "Words and phrases that reveal the label",
                string.Create(CultureInfo.InvariantCulture, $"{appears} By itself it tells {Presence.Percent(strongest.Presence.BalancedAccuracy)} of them apart."),
                ["phrase", .. data.Labels, "alone", "log-odds", "z"],
                [.. listed.Select(phrase =>
                {
                    var (logOdds, z) = LogOdds(phrase.Occurrences, words, phrase.Presence.Most, data.Labels.Count);
                    return (string[])
                    [
                        phrase.Text, .. phrase.Presence.ShareCells(), Presence.Percent(phrase.Presence.BalancedAccuracy),
                        string.Create(CultureInfo.InvariantCulture, $"{logOdds:F2} for {data.Labels[phrase.Presence.Most]}"), z.ToString("F1", CultureInfo.InvariantCulture),
                    ];
                })]),
            sentence,
            strongest.Presence.Difference);
    }

    /// <summary>The log-odds ratio of a phrase between one label and the rest, and its z-score.</summary>
    /// <param name="occurrences">How often the phrase occurs with each label.</param>
    /// <param name="words">Words with each label.</param>
    /// <param name="label">The label.</param>
    /// <param name="labels">How many labels.</param>
    internal static (double LogOdds, double Z) LogOdds(int[] occurrences, int[] words, int label, int labels)
    {
        double all = occurrences.Sum(), allWords = words.Sum(value => (long)value);
        double prior = PriorWords * all / allWords, priorOfRest = prior * (labels - 1);
        double here = occurrences[label] + prior, rest = all - occurrences[label] + priorOfRest;
        double wordsHere = words[label] + PriorWords, wordsOfRest = allWords - words[label] + (PriorWords * (labels - 1));
        double logOdds = Math.Log(here / (wordsHere - here)) - Math.Log(rest / (wordsOfRest - rest));
        return (logOdds, logOdds / Math.Sqrt((1 / here) + (1 / rest)));
    }

    /// <summary>The strongest phrases, none of which has another one's words.</summary>
    private static List<Phrase> SelectUnlike(IEnumerable<Phrase> phrases)
    {
        var selected = new List<Phrase>();
        foreach (Phrase phrase in phrases.TakeWhile(_ => selected.Count < MaxRows))
        {
            if (!selected.Any(other => Contains(other.Text, phrase.Text) || Contains(phrase.Text, other.Text)))
            {
                selected.Add(phrase);
            }
        }

        return selected;
    }

    private static bool Contains(string phrase, string part) => $" {phrase} ".Contains($" {part} ", StringComparison.OrdinalIgnoreCase);
}
