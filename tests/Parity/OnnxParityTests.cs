using FakeNewsOnnx.Checkpoint;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>Exported files in ONNX Runtime against Transformers and PEFT in double precision.</summary>
internal sealed class OnnxParityTests
{
    private const double TinyTolerance = 5e-6;
    private const double SmallTolerance = 1e-5;

    private OnnxClassifier _tinyAdapter = null!;
    private OnnxClassifier _tinyBase = null!;
    private OnnxClassifier _smallAdapter = null!;
    private OnnxClassifier _smallBase = null!;

    [OneTimeSetUp]
    public void Export()
    {
        _tinyAdapter = new(ReferenceModel.Export(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter));
        _tinyBase = new(ReferenceModel.Export(ReferenceModel.Tiny.PathOf("base_seqcls"), null));
        _smallAdapter = new(ReferenceModel.Export(ReferenceModel.Small.Base, ReferenceModel.Small.Adapter));
        _smallBase = ExportSmallBase();
    }

    [OneTimeTearDown]
    public void Dispose()
    {
        _tinyAdapter?.Dispose();
        _tinyBase?.Dispose();
        _smallAdapter?.Dispose();
        _smallBase?.Dispose();
    }

    [TestCaseSource(nameof(TinyBatches))]
    public void Tiny_WithTheAdapter_GivesPeftsLogits(ReferenceBatch batch) =>
        Assert.That(_tinyAdapter.Difference(batch, batch.PeftLogits), Is.LessThanOrEqualTo(TinyTolerance));

    [TestCaseSource(nameof(TinyBatches))]
    public void Tiny_WithoutAnAdapter_GivesTheBasesLogits(ReferenceBatch batch) =>
        Assert.That(_tinyBase.Difference(batch, batch.BaseLogits), Is.LessThanOrEqualTo(TinyTolerance));

    [TestCaseSource(nameof(SmallBatches))]
    public void Small_WithTheAdapter_GivesPeftsLogits(ReferenceBatch batch) =>
        Assert.That(_smallAdapter.Difference(batch, batch.PeftLogits), Is.LessThanOrEqualTo(SmallTolerance));

    [TestCaseSource(nameof(SmallBatches))]
    public void Small_WithoutAnAdapter_GivesTheBasesLogits(ReferenceBatch batch) =>
        Assert.That(_smallBase.Difference(batch, batch.BaseLogits), Is.LessThanOrEqualTo(SmallTolerance));

    [TestCaseSource(nameof(TinyBatches))]
    public void Tiny_EveryRow_HasFiniteLogits(ReferenceBatch batch) =>
        Assert.That(_tinyAdapter.Run(batch).SelectMany(row => row), Has.All.Matches<float>(float.IsFinite));

    /// <summary>
    /// The last block computes one token only. A block behind it, whose first LayerNorm is ln_f, makes the graph compute
    /// what Transformers calls the last hidden state, for every token.
    /// </summary>
    [TestCaseSource(nameof(TinyBatches))]
    public void Tiny_EveryHiddenState_IsTransformers(ReferenceBatch batch)
    {
        using BaseModel merged = BaseModel.Open(ReferenceModel.Tiny.PathOf("merged"));
        byte[] model = ReferenceModel.Export(merged.Config with { Layers = 3 }, 299, name => name switch
        {
            "h.2.ln_1.weight" => merged.Read("ln_f.weight"),
            "h.2.ln_1.bias" => merged.Read("ln_f.bias"),
            _ when name.StartsWith("h.2.", StringComparison.Ordinal) => merged.Read(name.Replace("h.2.", "h.1.", StringComparison.Ordinal)),
            _ => merged.Read(name),
        });
        using var classifier = new OnnxClassifier(OnnxClassifier.WithOutput(model, "/h.2/ln_1"));
        float[][] found = classifier.Run(batch, "/h.2/ln_1");
        float[][] expected = ExpectedHidden(batch);
        for (int row = 0; row < found.Length; row++)
        {
            if (batch.IsDefined(row))
            {
                Assert.That(found[row], Is.EqualTo(expected[row]).Within(1e-5), $"row {row}");
            }
        }
    }

    private static float[][] ExpectedHidden(ReferenceBatch batch)
    {
        using SafetensorsFile file = SafetensorsFile.Open(ReferenceModel.Tiny.PathOf("expected_hidden.safetensors"));
        return [.. file.ReadFloats($"{batch.Name}.peft.last_hidden").Chunk(batch.InputIds[0].Length * 32)];
    }

    /// <summary>The reference keeps the head of the small base in a file of its own.</summary>
    private static OnnxClassifier ExportSmallBase()
    {
        using BaseModel baseModel = BaseModel.Open(ReferenceModel.Small.Base);
        using SafetensorsFile head = SafetensorsFile.Open(ReferenceModel.Small.PathOf("base_score.safetensors"));
        return new(ReferenceModel.Export(baseModel.Config, 50256, name => name == Gpt2Weights.ScoreWeight ? head.ReadFloats(name) : baseModel.Read(name)));
    }

    private static IReadOnlyList<ReferenceBatch> TinyBatches() => ReferenceModel.Tiny.Batches;

    private static IReadOnlyList<ReferenceBatch> SmallBatches() => ReferenceModel.Small.Batches;
}
