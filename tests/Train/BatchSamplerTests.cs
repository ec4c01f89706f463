using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Recipes;
using FakeNewsOnnx.Train.Training;

namespace FakeNewsOnnx.Tests.Train;

internal sealed class BatchSamplerTests
{
    private static readonly int[] Lengths = [5, 1, 9, 3, 7, 2, 8, 4, 6, 10];

    /// <summary>torch.randperm(10) of generators seeded with 42 and 43, as Accelerate's SeedableRandomSampler draws epochs 0 and 1.</summary>
    [Test]
    public void Epoch_IsRandpermOfSeedAndEpoch_InBatches_TheLastOneSmaller()
    {
        var sampler = new BatchSampler(new Recipe { TrainBatchSize = 4 }, Lengths);
        Assert.That(sampler.StepsPerEpoch, Is.EqualTo(3));
        Assert.That(Show(sampler.Epoch(0)), Is.EqualTo("2,6,1,8 | 4,5,0,9 | 3,7"));
        Assert.That(Show(sampler.Epoch(1)), Is.Not.EqualTo(Show(sampler.Epoch(0))));
        Assert.That(sampler.Epoch(1).SelectMany(step => step).SelectMany(batch => batch), Is.EquivalentTo(Enumerable.Range(0, 10)));
    }

    [Test]
    public void Epoch_AccumulatesBatches_AndTheLastStepTakesWhatIsLeft()
    {
        var sampler = new BatchSampler(new Recipe { TrainBatchSize = 2, AccumulationSteps = 2 }, Lengths);
        Assert.That(sampler.StepsPerEpoch, Is.EqualTo(3));
        Assert.That(Show(sampler.Epoch(0)), Is.EqualTo("2,6 + 1,8 | 4,5 + 0,9 | 3,7"));
    }

    /// <summary>get_length_grouped_indices with a generator seeded with 42: mega-batches of one batch, as there are fewer than eight; the longest article comes first.</summary>
    [Test]
    public void Epoch_GroupedByLength_SortsMegaBatches_TheLongestFirst()
    {
        var sampler = new BatchSampler(new Recipe { TrainBatchSize = 4, GroupByLength = true }, Lengths);
        Assert.That(Show(sampler.Epoch(0)), Is.EqualTo("9,6,8,1 | 2,4,0,5 | 7,3"));
    }

    [Test]
    public void Parts_FitTheBudget_LongestFirst_AndLoseNone() =>
        Assert.That(TokenBudget.Split(Lengths, length => length, 12).Select(part => string.Join(",", part)), Is.EqualTo(new[] { "10", "9", "8", "7", "6,5", "4,3,2", "1" }));

    [Test]
    public void Parts_LetALongArticleRunAlone() =>
        Assert.That(TokenBudget.Split([30, 4, 20], length => length, 12).Select(part => string.Join(",", part)), Is.EqualTo(new[] { "30", "20", "4" }));

    private static string Show(IReadOnlyList<int[][]> steps) =>
        string.Join(" | ", steps.Select(step => string.Join(" + ", step.Select(batch => string.Join(",", batch)))));
}
