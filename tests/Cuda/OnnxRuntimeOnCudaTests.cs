using FakeNewsOnnx.Export;
using FakeNewsOnnx.Inference;
using FakeNewsOnnx.Tests.Parity;
using Precision = FakeNewsOnnx.Export.Precision;

namespace FakeNewsOnnx.Tests.Cuda;

/// <summary>Every form of a file that is made for CUDA, on a GPU against the CPU.</summary>
[Category(CudaTests.Category)]
internal sealed class OnnxRuntimeOnCudaTests
{
    private readonly TemporaryFolder _folder = new();

    private static IEnumerable<FileForm> ForCuda => FileForm.All.Where(form => form.Precision != Precision.Int8);

    [OneTimeSetUp]
    public void RequireCuda() => CudaTests.RequireOnnxRuntime();

    [OneTimeTearDown]
    public void DeleteFolder() => _folder.Dispose();

    /// <summary>Opened so that no node may run on the CPU.</summary>
    [TestCaseSource(nameof(ForCuda))]
    public void Logits_AreTheCpus_WithoutANodeOnTheCpu(FileForm form)
    {
        string path = Write(form);
        using var onCpu = ArticleClassifier.Load(path, new() { Device = Device.Cpu });
        using var onCuda = ArticleClassifier.Load(path, new() { Device = Device.Cuda, Strict = true });
        foreach (int[] row in Rows())
        {
            var expected = onCpu.Classify(row).Logits;
            Assert.That(onCuda.Classify(row).Logits, Is.EqualTo(expected).Within(Tolerance(form, 2e-5) * Math.Max(1, expected.Max(MathF.Abs))));
        }
    }

    [TestCaseSource(nameof(ForCuda))]
    public void PackedRows_HaveTheLogitsOfRowsAlone(FileForm form)
    {
        using var classifier = ArticleClassifier.Load(Write(form), new() { Device = Device.Cuda });
        int[][] rows = Rows();

        float[][] packed = classifier.ComputePackedLogits(rows, tokenBudget: 4096);

        foreach (var (row, logits) in rows.Zip(packed))
        {
            var alone = classifier.Classify(row).Logits;
            Assert.That(logits, Is.EqualTo(alone).Within(Tolerance(form, 1e-5) * Math.Max(1, alone.Max(MathF.Abs))));
        }
    }

    [Test]
    public void AnOptionOfTheProvider_ThatIsNotThere_IsNamed()
    {
        string path = Write(new(GraphForm.Portable, Precision.Fp32));

        var error = Assert.Throws<PlatformNotSupportedException>(() => ArticleClassifier.Load(path, new() { Device = Device.Cuda, CudaOptions = new Dictionary<string, string> { ["no_such"] = "1" } }));

        Assert.That(error!.Message, Does.Contain("no_such"));
    }

    /// <summary>Half precision rounds otherwise in each kernel: as much as <see cref="FormParityTests"/> allows against PEFT.</summary>
    private static double Tolerance(FileForm form, double single) => form.Precision == Precision.Fp16 ? 0.02 : single;

    private string Write(FileForm form)
    {
        string path = _folder.In($"{form}.onnx");
        if (!File.Exists(path))
        {
            File.WriteAllBytes(path, ReferenceModel.Export(ReferenceModel.Small.Base, ReferenceModel.Small.Adapter, options: form.Options));
        }

        return path;
    }

    private static int[][] Rows() =>
        [.. ReferenceModel.Small.Batches.SelectMany(batch => batch.InputIds).Select(row => row.Where(id => id != 50256).Select(id => (int)id).ToArray()).Where(row => row.Length > 0)];
}
