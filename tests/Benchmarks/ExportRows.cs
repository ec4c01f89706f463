using System.Diagnostics;
using System.Globalization;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Inference;
using FakeNewsOnnx.Tests;
using FakeNewsOnnx.Tests.Parity;

namespace FakeNewsOnnx.Benchmarks;

/// <summary>Writing a file, and the forms in which it can be written, on the shape of GPT-2.</summary>
internal static class ExportRows
{
    private const int Rounds = 7;

    /// <summary>On one thread: the portable file as it is by default, against the one for old runtimes (GELU in single operators) and the fused one.</summary>
    public static IEnumerable<BenchmarkRow> OfForms(string root)
    {
        using var portable = ArticleClassifier.Load(ScoringModels.Gpt2(root, "gpt2-fp32.onnx"));
        int[] article = LengthFixture.Read(root, "recovery", 24).First(ids => ids.Length == 1024);
        foreach (var (name, options) in new (string, string[])[] { ("opset 17", ["--opset", "17"]), ("fused", ["--graph", "fused"]) })
        {
            using var other = ArticleClassifier.Load(ScoringModels.Gpt2(root, $"gpt2-fp32-{name.Replace(' ', '-')}.onnx", options));
            foreach (int tokens in new[] { 128, 512, 1024 })
            {
                yield return PairedRun.Measure($"fp32, {tokens} tokens, {name} against the default", Rounds, () => other.Classify(article.AsSpan(0, tokens)), () => portable.Classify(article.AsSpan(0, tokens)), floor: Gpt2Work.Gpt2.ForwardSeconds([tokens], threads: 1));
            }
        }
    }

    /// <summary>The program on the shape of GPT-2 with an adapter: against a copy of the base's weights, and against what it may take.</summary>
    public static IEnumerable<BenchmarkRow> OfTheProgram(string root)
    {
        using var folder = new TemporaryFolder();
        Full124M.WriteBase(Path.Combine(root, "tests/Fixtures/full124m/base", Gpt2Config.FileName), Directory.CreateDirectory(folder.In("base")).FullName);
        string weights = folder.In("base/model.safetensors"), target = folder.In("model.onnx");
        long privateBytes = 0;
        var fp32 = PairedRun.Measure("export, fp32, against a copy of the weights' file", Rounds, () => File.Copy(weights, target, overwrite: true), () => Export("fp32"));
        long fp32Bytes = new FileInfo(target).Length;
        double floor = (new FileInfo(weights).Length + fp32Bytes) / Machine.BytesPerSecond;
        yield return fp32 with { Floor = floor };
        yield return BenchmarkRow.Limit("export, fp32, start to end", "s", 5, fp32.Ours, floor);
        foreach (string precision in (string[])["fp32", "fp16", "int8"])
        {
            Export(precision);
            yield return BenchmarkRow.Limit($"export, {precision}, largest private memory", "MB", (200_000_000 + (3.0 * 50257 * 768 * sizeof(float))) / 1e6, privateBytes / 1e6);
        }

        yield return BenchmarkRow.Limit("export, size of the int8 file", "MB", 0.3 * fp32Bytes / 1e6, new FileInfo(target).Length / 1e6);

        void Export(string precision)
        {
            string[] arguments = ["onnx", "--base", folder.In("base"), "--adapter", Path.Combine(root, "tests/Fixtures/full124m/adapter"), "--labels", "fake,real", "--precision", precision, "--out", target];
            using Process process = Process.Start(new ProcessStartInfo(Path.Combine(root, "export/bin/Release/net10.0/export"), arguments) { RedirectStandardOutput = true })!;
            for (privateBytes = 0; !process.WaitForExit(10); privateBytes = Math.Max(privateBytes, PrivateBytes(process)))
            {
            }

            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException($"export ended with {process.ExitCode}.");
            }
        }
    }

    /// <summary>Pages that are the process's own, not a file's; 0 after its end and where /proc is missing.</summary>
    private static long PrivateBytes(Process process)
    {
        try
        {
            string line = File.ReadLines($"/proc/{process.Id}/status").First(text => text.StartsWith("RssAnon:", StringComparison.Ordinal));
            return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            return 0;
        }
    }
}
