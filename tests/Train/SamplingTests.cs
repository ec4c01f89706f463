using FakeNewsOnnx.Train.Data;

namespace FakeNewsOnnx.Tests.Train;

internal sealed class SamplingTests
{
    /// <summary>Literals of numpy: <c>default_rng(42).permutation(n)[:3]</c>.</summary>
    [TestCase(114_522, new[] { 1284, 70299, 45820 })]
    [TestCase(12_728, new[] { 1807, 5874, 330 })]
    public void Permutation_IsNumpys(int count, int[] first) =>
        Assert.That(new NumpyRandom(42).Permutation(count).Take(3), Is.EqualTo(first));

    [Test]
    public void Permutation_HoldsEveryRowOnce() =>
        Assert.That(new NumpyRandom(7).Permutation(1000).Order(), Is.EqualTo(Enumerable.Range(0, 1000)));

    [Test]
    public void PartOf_IsTheSameForACopy_WhateverTheSpaceAroundIt()
    {
        var split = new HashSplit(0.2, 0.2, seed: 0);
        foreach (int i in Enumerable.Range(0, 100))
        {
            Assert.That(split.PartOf($" article {i}\n"), Is.EqualTo(split.PartOf($"article {i}")));
        }
    }

    [Test]
    public void PartOf_KeepsTheFractions_AndFollowsTheSeed()
    {
        var contents = Enumerable.Range(0, 10_000).Select(i => $"article {i}").ToArray();
        SplitPart[] first = [.. contents.Select(new HashSplit(0.1, 0.3, seed: 0).PartOf)];
        SplitPart[] second = [.. contents.Select(new HashSplit(0.1, 0.3, seed: 1).PartOf)];
        Assert.That(first.Count(part => part == SplitPart.Validation), Is.EqualTo(1000).Within(120));
        Assert.That(first.Count(part => part == SplitPart.Test), Is.EqualTo(3000).Within(180));
        Assert.That(first, Is.Not.EqualTo(second));
    }
}
