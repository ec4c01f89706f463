namespace FakeNewsOnnx.Train.Evaluation;

/// <summary>
/// Percentile bootstrap over the articles (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3): each resample
/// draws as many articles as there are, with replacement. Every classifier that is measured on the same articles gets the same resamples.
/// </summary>
internal sealed class Bootstrap
{
    /// <summary>Resamples that are drawn.</summary>
    public const int Resamples = 1000;

    /// <summary>Of the generator; fixed, so that a measurement repeats.</summary>
    private const ulong Seed = 42;

    private readonly Scores _measured;
    private readonly Scores[] _resampled = new Scores[Resamples];

    /// <param name="scores">What is resampled.</param>
    /// <param name="articles">How many there are; at least 1.</param>
    public Bootstrap(WeightedScores scores, int articles)
    {
        int[] once = new int[articles];
        once.AsSpan().Fill(1);
        _measured = scores.Of(once);
        Parallel.For(0, Resamples, () => new int[articles], (resample, _, weights) =>
        {
            Draw(resample, weights);
            _resampled[resample] = scores.Of(weights);
            return weights;
        }, _ => { });
    }

    /// <summary>A score and its 95 % interval: the percentiles 2.5 and 97.5, interpolated linearly, of the resamples where it is defined.</summary>
    public Estimate Of(Func<Scores, double> score)
    {
        double[] sorted = [.. _resampled.Select(score).Where(value => !double.IsNaN(value)).Order()];
        double measured = score(_measured);
        return sorted.Length == 0 ? new(measured, measured, measured) : new(measured, Percentile(0.025), Percentile(0.975));

        double Percentile(double part)
        {
            double place = part * (sorted.Length - 1);
            int below = (int)place;
            double above = sorted[Math.Min(below + 1, sorted.Length - 1)];
            return sorted[below] + ((place - below) * (above - sorted[below]));
        }
    }

    /// <summary>The same for a score that may be undefined.</summary>
    public Estimate? OrNull(Func<Scores, double> score) => double.IsNaN(score(_measured)) ? null : Of(score);

    /// <summary>How often a resample draws each article, from SplitMix64 (Steele, Lea and Flood 2014) at a place of its own.</summary>
    private static void Draw(int resample, Span<int> weights)
    {
        weights.Clear();
        ulong state = Seed + ((ulong)resample * (ulong)weights.Length * Golden);
        for (int i = 0; i < weights.Length; i++)
        {
            state += Golden;
            ulong x = state;
            x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
            x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
            x ^= x >> 31;
            weights[(int)Math.BigMul(x, (ulong)weights.Length, out _)]++;
        }
    }

    private const ulong Golden = 0x9E3779B97F4A7C15;
}
