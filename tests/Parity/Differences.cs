namespace FakeNewsOnnx.Tests.Parity;

internal static class Differences
{
    /// <summary>The largest |Δ|; infinite if one is not a number, which <c>Enumerable.Max</c> and NUnit's comparisons let pass.</summary>
    public static double Largest(IEnumerable<double> expected, IEnumerable<double> found) =>
        expected.Zip(found, (e, f) => Math.Abs(e - f)).Aggregate(0.0, (largest, difference) => double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(largest, difference));

    /// <summary>The same in single precision.</summary>
    public static double Largest(IEnumerable<float> expected, IEnumerable<float> found) => Largest(expected.Select(e => (double)e), found.Select(f => (double)f));
}
