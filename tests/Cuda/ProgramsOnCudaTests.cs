using System.Diagnostics;
using System.Text.Json;

namespace FakeNewsOnnx.Tests.Cuda;

/// <summary>
/// The programs on a GPU, each in a process of its own: TorchSharp's CUDA libraries and ONNX Runtime's may be of different major versions.
/// </summary>
[Category(CudaTests.Category)]
internal sealed class ProgramsOnCudaTests
{
    private static readonly string Sample = Repository.PathOf("samples", "horne-adali-2017.csv");
    private static readonly string Mini = Repository.PathOf("models", "gpt2-mini");

    private readonly TemporaryFolder _folder = new();

    [OneTimeSetUp]
    public void RequireCuda()
    {
        CudaTests.RequireTorch();
        CudaTests.RequireOnnxRuntime();
    }

    [OneTimeTearDown]
    public void DeleteFolder() => _folder.Dispose();

    /// <summary>What TorchSharp computed on the GPU is in the adapter's self-test, which ONNX Runtime repeats on the GPU.</summary>
    [Test]
    public void Chain_FromTrainingToTheSelfTest_HasOneSetOfNumbers()
    {
        Fit("fp32");
        string model = _folder.In("model.onnx");
        Run(Repository.Program("export"), "onnx", "--base", Mini, "--adapter", AdapterOf("fp32"), "--out", model);

        string report = Run(Repository.Program("infer"), "selftest", "--model", model, "--device", "cuda", "--strict", "--json");

        using JsonDocument json = JsonDocument.Parse(report);
        Assert.That(json.RootElement.GetProperty("max_abs_logit_difference").GetDouble(), Is.LessThanOrEqualTo(1e-4));
    }

    [Test]
    public void Fit_InBf16_IsAsAccurateAsInFp32()
    {
        Fit("fp32");
        Fit("bf16");

        JsonElement single = AccuracyOf("fp32"), half = AccuracyOf("bf16");
        Assert.That(half.GetProperty("value").GetDouble(), Is.InRange(single.GetProperty("low").GetDouble(), single.GetProperty("high").GetDouble()));
    }

    private string AdapterOf(string precision) => _folder.In(precision);

    private void Fit(string precision)
    {
        if (!Directory.Exists(AdapterOf(precision)))
        {
            Run(Repository.Program("train"), "fit", "--data", Sample, "--base", Mini, "--recipe", "sample", "--precision", precision, "--device", "cuda", "--out", AdapterOf(precision));
        }
    }

    private JsonElement AccuracyOf(string precision)
    {
        using JsonDocument metrics = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AdapterOf(precision), "metrics.json")));
        return metrics.RootElement.GetProperty("test").GetProperty("model").GetProperty("accuracy").Clone();
    }

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, output);
        return output;
    }
}
