using FakeNewsOnnx.Inference;
using FakeNewsOnnx.Tests.Parity;

namespace FakeNewsOnnx.Tests.Infer;

/// <summary>Batches of several articles, as CUDA runs them.</summary>
internal sealed class PackingTests
{
    [Test]
    public void Batches_HoldRowsOfLikeLengthWithinTheBudget() => Assert.That(
        Packing.Batches([5, 1, 9, 4, 30, 2], tokenBudget: 12),
        Is.EqualTo(new int[][] { [1, 5, 3], [0], [2], [4] }));

    [Test]
    public void ComputeLogits_GivesEachRowItsOwn()
    {
        var batches = new List<int>();

        float[][] logits = Packing.ComputeLogits([[1, 2, 3], [4], [5, 6]], padTokenId: 0, tokenBudget: 4, batch =>
        {
            batches.Add(batch.Rows);
            return [.. batch.InputIds.Chunk(batch.Columns).SelectMany(row => new float[] { row.Sum(), -row.Sum() })];
        });

        Assert.That(logits, Is.EqualTo(new float[][] { [6, -6], [4, -4], [11, -11] }));
        Assert.That(batches, Is.EqualTo(new[] { 2, 1 }));
    }

    /// <summary>In fp32, a row's logits do not depend on the rows and pads beside it.</summary>
    [Test]
    public void PackedRows_HaveTheLogitsOfRowsAlone()
    {
        using var folder = new TemporaryFolder();
        string path = folder.In("model.onnx");
        File.WriteAllBytes(path, ReferenceModel.Export(ReferenceModel.Small.Base, ReferenceModel.Small.Adapter));
        using var classifier = ArticleClassifier.Load(path);
        int[][] rows = [.. ReferenceModel.Small.Batches.SelectMany(batch => batch.InputIds)
            .Select(row => row.Where(id => id != 50256).Select(id => (int)id).ToArray()).Where(row => row.Length > 0)];
        Assert.That(rows.Select(row => row.Length).Distinct().Count(), Is.GreaterThan(3));

        float[][] packed = classifier.ComputePackedLogits(rows, tokenBudget: 4096);

        foreach (var (row, logits) in rows.Zip(packed))
        {
            var alone = classifier.Classify(row).Logits;
            Assert.That(logits, Is.EqualTo(alone).Within(1e-5 * Math.Max(1, alone.Max(MathF.Abs))));
        }
    }

    /// <summary>Why int8 is never packed: the scale of a batch is that of its largest value, pads included.</summary>
    [Test]
    public void PackedRows_OfInt8HaveOtherLogitsThanRowsAlone()
    {
        using var folder = new TemporaryFolder();
        string path = folder.In("model.onnx");
        File.WriteAllBytes(path, ByteModel.ToBytes(ByteModel.Manifest with { Precision = "int8" }, quantized: true));
        using var classifier = ArticleClassifier.Load(path);
        int[][] rows = [[1, 2, 3, 5], [255, 250]];

        float alone = classifier.Classify(rows[0]).Logits[1], packed = classifier.ComputePackedLogits(rows, tokenBudget: 100)[0][1];

        Assert.That(alone, Is.EqualTo((11 / 4f) - 45).Within(0.01));
        Assert.That(packed, Is.Not.EqualTo(alone).Within(1e-3));
        Assert.That(classifier.Packs, Is.False);
    }
}
