namespace FakeNewsOnnx.Tests.Parity;

internal static class Differences
{
    /// <summary>The largest |Δ| of as many numbers; infinite if one is not a number, which <c>Enumerable.Max</c> and NUnit's comparisons let pass.</summary>
    public static double Largest(IEnumerable<double> expected, IEnumerable<double> found)
    {
        double[] one = [.. expected], other = [.. found];
        Assert.That(other, Has.Length.EqualTo(one.Length));
        return one.Zip(other, (e, f) => Math.Abs(e - f)).Max(difference => double.IsNaN(difference) ? double.PositiveInfinity : difference);
    }

    /// <summary>The same in single precision.</summary>
    public static double Largest(IEnumerable<float> expected, IEnumerable<float> found) => Largest(expected.Select(e => (double)e), found.Select(f => (double)f));
}
