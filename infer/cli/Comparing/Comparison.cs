using System.Globalization;

namespace FakeNewsOnnx.Infer;

/// <summary>How a candidate fares against a reference; what <c>infer compare --json</c> prints.</summary>
/// <param name="Rows">Labelled articles.</param>
/// <param name="ReferenceBytes">Size of the reference.</param>
/// <param name="CandidateBytes">Size of the candidate.</param>
/// <param name="ReferenceArticlesPerSecond">Speed of the reference.</param>
/// <param name="CandidateArticlesPerSecond">Speed of the candidate.</param>
/// <param name="ReferenceAccuracy">Accuracy before.</param>
/// <param name="CandidateAccuracy">Accuracy after.</param>
/// <param name="LabelFlips">Articles whose label changes.</param>
/// <param name="MaxProbabilityDifference">The largest |Δ probability| of any article and label.</param>
/// <param name="P99ProbabilityDifference">What 99 % of the articles' largest |Δ probability| stay within.</param>
/// <param name="SelfTestDifference">The largest |Δlogit| between the candidate's self-test and training; null if it carries none.</param>
/// <param name="Rule">What was asked of the candidate.</param>
/// <param name="Passed">Whether it holds.</param>
/// <param name="RowsRead">Rows of the file.</param>
/// <param name="LeftOut">Rows that were left out, by the reason.</param>
internal sealed record Comparison(
    int Rows,
    long ReferenceBytes,
    long CandidateBytes,
    double ReferenceArticlesPerSecond,
    double CandidateArticlesPerSecond,
    double ReferenceAccuracy,
    double CandidateAccuracy,
    int LabelFlips,
    double MaxProbabilityDifference,
    double P99ProbabilityDifference,
    double? SelfTestDifference,
    string Rule,
    bool Passed,
    long RowsRead,
    OrderedDictionary<string, long> LeftOut)
{
    /// <summary>From this many rows on, accuracy decides: below, one article is a quarter of a percent or more.</summary>
    public const int RowsForAccuracy = 400;

    /// <summary>Below <see cref="RowsForAccuracy"/>: how many labels may change.</summary>
    public const int MaxFlips = 1;

    /// <summary>Below <see cref="RowsForAccuracy"/>: what 99 % of the probabilities may move by.</summary>
    public const double MaxProbabilityChange = 0.02;

    /// <exception cref="InvalidDataException">The models have different labels.</exception>
    public static Comparison Of(ScoredModel reference, ScoredModel candidate, double maxAccuracyDrop)
    {
        if (!reference.Labels.Names.SequenceEqual(candidate.Labels.Names))
        {
            throw new InvalidDataException($"{candidate.Path}: expected the labels of {reference.Path}, {reference.Labels}; found {candidate.Labels}.");
        }

        int rows = reference.LabelIds.Count;
        int flips = Enumerable.Range(0, rows).Count(row => reference.Predicted(row) != candidate.Predicted(row));
        double[] differences = [.. reference.Probabilities.Zip(candidate.Probabilities, LargestDifference).Order()];
        double p99 = differences[(int)Math.Ceiling(0.99 * rows) - 1];
        double drop = reference.Accuracy - candidate.Accuracy;
        bool accuracyDecides = rows >= RowsForAccuracy;
        return new(
            rows,
            reference.Bytes,
            candidate.Bytes,
            reference.ArticlesPerSecond,
            candidate.ArticlesPerSecond,
            reference.Accuracy,
            candidate.Accuracy,
            flips,
            differences[^1],
            p99,
            candidate.SelfTestDifference,
            accuracyDecides
                ? string.Create(CultureInfo.InvariantCulture, $"accuracy may drop by {maxAccuracyDrop:P2}")
                : string.Create(CultureInfo.InvariantCulture, $"fewer than {RowsForAccuracy} rows: at most {MaxFlips} label may change, and 99 % of the probabilities may move by {MaxProbabilityChange}"),
            accuracyDecides ? drop <= maxAccuracyDrop + 1e-12 : flips <= MaxFlips && p99 <= MaxProbabilityChange,
            reference.Account.Read,
            reference.Account.ByReason());
    }

    /// <summary>The comparison as lines of text.</summary>
    public override string ToString()
    {
        var text = new List<string>
        {
            Line($"{"",-24}{"reference",14}{"candidate",14}"),
            Line($"{"size, MB",-24}{ReferenceBytes / 1e6,14:F1}{CandidateBytes / 1e6,14:F1}"),
            Line($"{"articles per second",-24}{ReferenceArticlesPerSecond,14:F1}{CandidateArticlesPerSecond,14:F1}"),
            Line($"{"accuracy, " + Rows + " rows",-24}{ReferenceAccuracy,14:P2}{CandidateAccuracy,14:P2}"),
            Line($"label flips {LabelFlips}, |Δ probability| max {MaxProbabilityDifference:G3}, p99 {P99ProbabilityDifference:G3}"),
            Line($"{(Passed ? "passed" : "failed")}: {Rule}"),
        };
        if (LeftOut.Count > 0)
        {
            text.Insert(text.Count - 1, Line($"{RowsRead} rows read = {Rows} used + {RowsRead - Rows} left out ({string.Join(", ", LeftOut.Select(reason => $"{reason.Value} {reason.Key.Replace('_', ' ')}"))})"));
        }

        if (SelfTestDifference is { } difference)
        {
            text.Insert(text.Count - 1, Line($"self-test of the candidate: max |Δlogit| {difference:G3}"));
        }

        return string.Join(Environment.NewLine, text);
    }

    private static double LargestDifference(float[] before, float[] after) => before.Zip(after, (a, b) => (double)Math.Abs(a - b)).Max();

    private static string Line(FormattableString line) => line.ToString(CultureInfo.InvariantCulture);
}
