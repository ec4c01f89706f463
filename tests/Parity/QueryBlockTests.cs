using FakeNewsOnnx.Export;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>Causal attention in query blocks against Transformers, and against whole attention at each block's border.</summary>
internal sealed class QueryBlockTests
{
    private const int Pad = 50256;

    private static readonly string Mini = Repository.PathOf("models", "gpt2-mini");
    private static readonly string SampleTuned = Repository.PathOf("tests", "Fixtures", "sample-tuned", "adapter");

    private OnnxClassifier _whole = null!;
    private OnnxClassifier _blocks = null!;

    private static IEnumerable<FileForm> PortableForms => FileForm.All.Where(form => form.Graph == GraphForm.Portable);

    [OneTimeSetUp]
    public void Export()
    {
        _whole = new(ReferenceModel.Export(Mini, SampleTuned, options: new() { QueryBlock = 1024 }));
        _blocks = new(ReferenceModel.Export(Mini, SampleTuned));
    }

    [OneTimeTearDown]
    public void Dispose()
    {
        _whole?.Dispose();
        _blocks?.Dispose();
    }

    /// <summary>Left padding, holes and rows of pads included; the tolerances are those of <see cref="FormParityTests"/>.</summary>
    [Test]
    public void Tiny_GivesPeftsLogits([ValueSource(nameof(PortableForms))] FileForm form, [Values(1, 3, 16, 63)] int block)
    {
        using var onnx = new OnnxClassifier(ReferenceModel.Export(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter, options: form.Options with { QueryBlock = block }));
        double tolerance = form.Precision switch { Precision.Fp16 => 0.02, Precision.Int8 => 1.3, _ => 2e-5 };
        foreach (ReferenceBatch batch in ReferenceModel.Tiny.Batches)
        {
            Assert.That(onnx.RelativeDifference(batch, batch.PeftLogits), Is.LessThanOrEqualTo(tolerance), batch.Name);
            Assert.That(onnx.Run(batch).SelectMany(row => row), Has.All.Matches<float>(float.IsFinite), batch.Name);
        }
    }

    [Test]
    public void AnArticle_HasTheLogitsOfWholeAttention([Values(1, 127, 128, 129, 255, 256, 257, 896, 897, 1023, 1024)] int tokens)
    {
        var batch = new ReferenceBatch("article", [Ids(tokens, seed: 1)], null, [], []);
        AssertSame(batch);
    }

    /// <summary>Rows with left padding, with holes, with right padding and without any mask, across the borders of several blocks.</summary>
    [Test]
    public void ABatch_HasTheLogitsOfWholeAttention([Values(200, 300, 700)] int tokens)
    {
        long[][] ids = [.. Enumerable.Range(0, 4).Select(row => Ids(tokens, row))];
        long[][] mask = [.. ids.Select(row => row.Select(_ => 1L).ToArray())];
        Array.Fill(ids[0], Pad, 0, 140);
        Array.Fill(mask[0], 0, 0, 140);
        Array.Fill(mask[1], 0, 120, 20);
        Array.Fill(ids[2], Pad, 150, tokens - 150);
        Array.Fill(mask[2], 0, 150, tokens - 150);
        AssertSame(new("batch", ids, mask, [], []));
    }

    [Test]
    public void ARowWithoutAMaskedInToken_IsFinite()
    {
        var batch = new ReferenceBatch("masked", [Ids(300, 1)], [new long[300]], [], []);
        Assert.That(_blocks.Run(batch)[0], Has.All.Matches<float>(float.IsFinite));
    }

    /// <summary>As many rows as there are: the neighbours are no part of an article's score.</summary>
    [Test]
    public void ANeighbour_ChangesNothing()
    {
        long[] article = Ids(300, 1);
        float[] alone = _blocks.Run(new("alone", [article], null, [], []))[0];
        float[] together = _blocks.Run(new("together", [article, Ids(300, 2)], null, [], []))[0];
        Assert.That(together, Is.EqualTo(alone).Within(1e-5));
    }

    [Test]
    public void TheFusedForm_AndAModelOfOneBlock_HaveNoBranches()
    {
        OnnxExportOptions fused = new() { Graph = GraphForm.Fused, QueryBlock = 16 }, single = new() { QueryBlock = 64 };
        foreach (OnnxExportOptions options in new[] { fused, single })
        {
            using var stream = new MemoryStream(ReferenceModel.Export(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter, options: options));
            Assert.That(OnnxSummary.Read(stream, "model").Operators.Keys, Does.Not.Contain("If"));
        }
    }

    private static long[] Ids(int tokens, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, tokens).Select(_ => (long)random.Next(Pad))];
    }

    private void AssertSame(ReferenceBatch batch)
    {
        float[][] expected = _whole.Run(batch), found = _blocks.Run(batch);
        for (int row = 0; row < expected.Length; row++)
        {
            Assert.That(found[row], Is.EqualTo(expected[row]).Within(1e-5), $"row {row}");
        }
    }
}
