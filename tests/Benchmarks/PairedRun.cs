using System.Diagnostics;
using System.Globalization;

namespace FakeNewsOnnx.Benchmarks;

/// <summary>
/// Times two ways of the same work in turn, so that a machine whose speed drifts slows both: baseline, candidate, baseline,
/// candidate … after one run of each that does not count.
/// </summary>
internal static class PairedRun
{
    /// <param name="name">What the row says.</param>
    /// <param name="rounds">Counted pairs; odd, so that the medians are measured ones.</param>
    /// <param name="baseline">The usual way.</param>
    /// <param name="candidate">Ours.</param>
    /// <param name="atLeast">The ratio that is aimed at; null where the row is for information.</param>
    public static PairedResult Measure(string name, int rounds, Action baseline, Action candidate, double? atLeast = null) =>
        MeasureSeconds(name, rounds, () => Seconds(baseline), () => Seconds(candidate), atLeast);

    /// <summary>The same for work that times itself.</summary>
    public static PairedResult MeasureSeconds(string name, int rounds, Func<double> baseline, Func<double> candidate, double? atLeast = null)
    {
        baseline();
        candidate();
        var pairs = new (double Baseline, double Candidate)[rounds];
        for (int round = 0; round < rounds; round++)
        {
            pairs[round] = (baseline(), candidate());
        }

        return new(name, Median(pairs.Select(pair => pair.Baseline)), Median(pairs.Select(pair => pair.Candidate)),
            Median(pairs.Select(pair => pair.Baseline / pair.Candidate)), atLeast);
    }

    private static double Seconds(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}

/// <summary>One row of the table.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="BaselineSeconds">Median of the usual way.</param>
/// <param name="CandidateSeconds">Median of ours.</param>
/// <param name="Ratio">Median over the pairs of baseline / candidate: how many times as fast ours is.</param>
/// <param name="AtLeast">The ratio that is aimed at.</param>
internal sealed record PairedResult(string Name, double BaselineSeconds, double CandidateSeconds, double Ratio, double? AtLeast)
{
    private string Verdict => AtLeast is not { } least ? "" : Ratio >= least ? "pass" : "short";

    /// <summary>A line of a Markdown table.</summary>
    public string ToMarkdown() => string.Create(CultureInfo.InvariantCulture, $"| {Name} | {BaselineSeconds:F3} s | {CandidateSeconds:F3} s | {Ratio:F2} | {AtLeast:0.00} | {Verdict} |");

    public override string ToString()
    {
        string aim = AtLeast is { } least ? $"  aim ≥ {least.ToString("0.00", CultureInfo.InvariantCulture)}: {Verdict}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{Name}: {BaselineSeconds:F3} s against {CandidateSeconds:F3} s, {Ratio:F2} ×{aim}");
    }
}
