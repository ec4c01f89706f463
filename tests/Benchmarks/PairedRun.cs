using System.Diagnostics;

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
    /// <param name="floor">Seconds that the work takes at the machine's rates; null where it is not counted.</param>
    public static BenchmarkRow Measure(string name, int rounds, Action baseline, Action candidate, double? atLeast = null, double? floor = null) =>
        MeasureSeconds(name, rounds, () => Seconds(baseline), () => Seconds(candidate), atLeast, floor);

    /// <summary>The same for work that times itself.</summary>
    public static BenchmarkRow MeasureSeconds(string name, int rounds, Func<double> baseline, Func<double> candidate, double? atLeast = null, double? floor = null)
    {
        baseline();
        candidate();
        var pairs = new (double Baseline, double Candidate)[rounds];
        for (int round = 0; round < rounds; round++)
        {
            pairs[round] = (baseline(), candidate());
        }

        return new(name, "s", Median(pairs.Select(pair => pair.Baseline)), Median(pairs.Select(pair => pair.Candidate)),
            Median(pairs.Select(pair => pair.Baseline / pair.Candidate)), atLeast, floor);
    }

    /// <summary>The seconds that work takes.</summary>
    public static double Seconds(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>The middle value; of an even number, the upper one of two.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
