using System.Text;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Export;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>
/// What the tolerance of the parity tests is worth: a model that is wrong in one place differs from the reference by
/// clearly more than the 5e-6 that a right one may.
/// </summary>
internal sealed class OnnxMutantTests
{
    private readonly BaseModel _merged = BaseModel.Open(ReferenceModel.Tiny.PathOf("merged"));
    private readonly BaseModel _base = BaseModel.Open(ReferenceModel.Tiny.Base);

    [OneTimeTearDown]
    public void Close()
    {
        _merged.Dispose();
        _base.Dispose();
    }

    [Test]
    public void WithoutAMistake_TheReferenceIsMet() =>
        Assert.That(Difference(ReferenceModel.Export(_merged.Config, 299, _merged.Read)), Is.LessThan(5e-6));

    [Test]
    public void AWrongEpsilon_IsSeen() =>
        AssertSeen(ReferenceModel.Export(_merged.Config with { LayerNormEpsilon = 1e-6 }, 299, _merged.Read), 2e-5);

    /// <summary>2e-5 is what <see cref="FormParityTests"/> allows these forms.</summary>
    [TestCaseSource(nameof(SingleForms))]
    public void AWrongEpsilon_IsSeenInEveryForm(FileForm form)
    {
        using var classifier = new OnnxClassifier(ReferenceModel.Export(_merged.Config with { LayerNormEpsilon = 1e-6 }, 299, _merged.Read, form.Options));
        Assert.That(ReferenceModel.Tiny.Batches.Max(batch => classifier.RelativeDifference(batch, batch.PeftLogits)), Is.GreaterThan(2e-5));
    }

    [Test]
    public void TheErfFormOfGelu_IsSeen()
    {
        byte[] model = ReferenceModel.Export(_merged.Config, 299, _merged.Read);
        int patched = 0;
        for (int at; (at = model.AsSpan().IndexOf("tanh"u8)) >= 0; patched++)
        {
            Encoding.ASCII.GetBytes("none", model.AsSpan(at));
        }

        Assert.That(patched, Is.EqualTo(2));
        AssertSeen(model, 1e-4);
    }

    [Test]
    public void AMissingMerge_IsSeen() =>
        AssertSeen(ReferenceModel.Export(_base.Config, 299, name => name == Gpt2Weights.ScoreWeight ? _merged.Read(name) : _base.Read(name)), 0.1);

    [Test]
    public void AMissingMergeOfOneModule_IsSeen() =>
        AssertSeen(ReferenceModel.Export(_base.Config, 299, name => name == "h.0.attn.c_proj.weight" ? _base.Read(name) : _merged.Read(name)), 0.01);

    [Test]
    public void ATransposedWeight_IsSeen() =>
        AssertSeen(ReferenceModel.Export(_merged.Config, 299, name => name == "h.0.attn.c_proj.weight" ? Transposed(_merged.Read(name), 32) : _merged.Read(name)), 0.01);

    [Test]
    public void PoolingTheLastColumn_IsSeen() =>
        AssertSeen(ReferenceModel.Export(_merged.Config, padTokenId: -1, _merged.Read), 0.1);

    private static IEnumerable<FileForm> SingleForms() => FileForm.All.Where(form => form.Precision is Precision.Fp32);

    private static void AssertSeen(byte[] mutant, double atLeast)
    {
        double difference = Difference(mutant);
        TestContext.Out.WriteLine($"max |Δlogit| {difference:G3}");
        Assert.That(difference, Is.GreaterThan(atLeast));
    }

    private static double Difference(byte[] model)
    {
        using var classifier = new OnnxClassifier(model);
        return ReferenceModel.Tiny.Batches.Max(batch => classifier.Difference(batch, batch.PeftLogits));
    }

    private static float[] Transposed(float[] square, int side) =>
        [.. Enumerable.Range(0, square.Length).Select(i => square[(i % side * side) + (i / side)])];
}
