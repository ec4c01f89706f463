using System.Diagnostics;

namespace FakeNewsOnnx.Benchmarks;

/// <summary>The published <c>infer</c>, a NativeAOT program, against the one that a build makes. <c>build.cake</c> publishes it.</summary>
internal static class StartRows
{
    private const int Rounds = 7;

    /// <summary>
    /// The full model in int8 and fp32, from its file to a label of 16 tokens: the first time in a process of its own (cold), and once more in that process (warm).
    /// The usual way is the fp32 file with whole attention.
    /// </summary>
    public static IEnumerable<BenchmarkRow> OfTheFullModel(string root)
    {
        string whole = ScoringModels.WholeAttention(root);
        foreach (var (precision, model) in new[] { ("fp32", ScoringModels.Gpt2(root, "gpt2-fp32.onnx")), ("int8", ScoringModels.Gpt2(root, "gpt2-int8.onnx", "--precision", "int8")) })
        {
            foreach (string state in (string[])["cold", "warm"])
            {
                yield return PairedRun.MeasureSeconds(
                    $"load and first label of 124M, {precision}, {state}", Rounds, () => MeasuredProcess.Run("start", whole, state).Seconds, () => MeasuredProcess.Run("start", model, state).Seconds,
                    floor: new FileInfo(model).Length / Machine.BytesPerSecond);
            }
        }
    }

    /// <summary>From the start of a process to the end of one that printed a label.</summary>
    public static IEnumerable<BenchmarkRow> OfTheFirstLabel(string root)
    {
        string model = ScoringModels.OfBase(root, "gpt2-mini.onnx", Path.Combine(root, "models/gpt2-mini"), "--adapter", Path.Combine(root, "tests/Fixtures/sample-tuned/adapter"));
        string extension = OperatingSystem.IsWindows() ? ".exe" : "", published = Path.Combine(root, $"artifacts/bin/infer/infer{extension}");
        double read = 2 * new FileInfo(model).Length / Machine.BytesPerSecond;
        var pair = PairedRun.Measure(
            "first label from the mini model, published against built", Rounds, () => Classify(Path.Combine(root, $"infer/cli/bin/Release/net10.0/infer{extension}")), () => Classify(published), floor: read);
        yield return pair;
        yield return BenchmarkRow.Limit("first label from the mini model, published", "s", 0.25, pair.Ours, read);
        yield return BenchmarkRow.Limit("size of the published program", "MB", 10, new FileInfo(published).Length / 1e6);

        void Classify(string program)
        {
            using Process process = Process.Start(new ProcessStartInfo(program, ["classify", "--model", model, "--title", "Council approves bridge", "--content", "The city council voted on Tuesday."]) { RedirectStandardOutput = true })!;
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
            }
        }
    }
}
