using System.Globalization;

namespace FakeNewsOnnx.Train.Audit;

/// <summary>In how many articles of each label something occurs.</summary>
/// <param name="articles">How many articles each label has.</param>
internal sealed class Presence(IReadOnlyList<int> articles)
{
    private readonly int[] _counts = new int[articles.Count];

    /// <summary>The label that it occurs with most often.</summary>
    public int Most => Enumerable.Range(0, _counts.Length).MaxBy(ShareOf);

    /// <summary>The label that it occurs with least often.</summary>
    public int Least => Enumerable.Range(0, _counts.Length).Where(label => label != Most).MinBy(ShareOf);

    /// <summary>Articles of any label.</summary>
    public int Total => _counts.Sum();

    /// <summary>How much more often it occurs with <see cref="Most"/> than with <see cref="Least"/>: from 0 to 1.</summary>
    public double Difference => ShareOf(Most) - ShareOf(Least);

    /// <summary>How many of these two labels' articles it tells apart, if there are as many of one as of the other: from 0.5 to 1.</summary>
    public double BalancedAccuracy => (1 + Difference) / 2;

    /// <summary>The <see cref="Difference"/> in standard errors of what chance would give (two proportions, pooled).</summary>
    public double StandardScore
    {
        get
        {
            double n = articles[Most], m = articles[Least], pooled = (_counts[Most] + _counts[Least]) / (n + m);
            return pooled is > 0 and < 1 ? Difference / Math.Sqrt(pooled * (1 - pooled) * ((1 / n) + (1 / m))) : 0;
        }
    }

    /// <summary>The part of a label's articles in which it occurs.</summary>
    public double ShareOf(int label) => (double)_counts[label] / Math.Max(1, articles[label]);

    /// <summary>Counts an article.</summary>
    public void Add(int label) => _counts[label]++;

    /// <summary>"99.2 % of real and 0.2 % of fake articles".</summary>
    public string Describe(IReadOnlyList<string> labels) =>
        string.Create(CultureInfo.InvariantCulture, $"{Percent(ShareOf(Most))} of {labels[Most]} and {Percent(ShareOf(Least))} of {labels[Least]} articles");

    /// <summary>Each label's share, as a table's cells.</summary>
    public IEnumerable<string> ShareCells() => Enumerable.Range(0, _counts.Length).Select(label => Percent(ShareOf(label)));

    /// <summary>"99.2 %".</summary>
    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} %");
}
