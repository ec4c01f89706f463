using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Tests.Parity;

namespace FakeNewsOnnx.Tests.Export;

internal sealed class LoraMergeTests
{
    [Test]
    public void Add_AddsTheScaledTransposeOfBTimesA()
    {
        float[] weight = [1, 2, 3, 4, 5, 6]; // [2, 3]
        float[] a = [1, 10, 100, 1000]; // [2, 2]
        float[] b = [1, 2, 3, 4, 5, 6]; // [3, 2]

        LoraMerge.Add(weight, a, b, rank: 2, scaling: 0.5);

        // B·A = [[201, 2010], [403, 4030], [605, 6050]]
        Assert.That(weight, Is.EqualTo(new float[] { 101.5f, 203.5f, 305.5f, 1009, 2020, 3031 }));
    }

    [Test]
    public void Add_WithWeightsThatDontFit_IsABug() =>
        Assert.Throws<ArgumentException>(() => LoraMerge.Add(new float[6], new float[4], new float[4], rank: 2, scaling: 1));

    [TestCase("adapter")]
    [TestCase("adapter_peft_0.15.2")]
    [TestCase("adapter_peft_0.12.0")]
    public void Read_GivesPeftsMergedWeights(string adapterName)
    {
        using BaseModel baseModel = BaseModel.Open(ReferenceModel.Tiny.Base);
        using AdapterDirectory adapter = AdapterDirectory.Open(ReferenceModel.Tiny.PathOf(adapterName), baseModel.Config);
        using BaseModel expected = BaseModel.Open(ReferenceModel.Tiny.PathOf("merged"));
        var model = new MergedModel(baseModel, adapter);

        Assert.That(model.MergedParameters, Is.EqualTo(2816));
        foreach (string name in Gpt2Weights.All(baseModel.Config).Select(weight => weight.Name).Append(Gpt2Weights.ScoreWeight))
        {
            Assert.That(model.Read(name), Is.EqualTo(expected.Read(name)).Within(1e-6), name);
        }
    }

    [Test]
    public void Read_TakesTheHeadOfTheBaseWhenTheAdapterHasNone()
    {
        using BaseModel baseModel = BaseModel.Open(ReferenceModel.Tiny.PathOf("base_seqcls"));

        var model = new MergedModel(baseModel, adapter: null);

        Assert.That(model.Labels, Is.EqualTo(2));
        Assert.That(model.Read(Gpt2Weights.ScoreWeight), Is.EqualTo(baseModel.Read(Gpt2Weights.ScoreWeight)));
    }
}
