using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using FakeNewsOnnx.Tests;

namespace FakeNewsOnnx.Benchmarks;

/// <summary>Training under MPI: two ranks of one thread against one process of one thread, the same 20 steps on the sample with the small base.</summary>
internal static partial class ClusterRows
{
    private const int Rounds = 3;

    /// <summary>Seconds of the steps alone, as the programs print their rate: loading and evaluation don't count.</summary>
    public static IEnumerable<BenchmarkRow> OfTwoRanks(string root)
    {
        using var folder = new TemporaryFolder();
        string train = Path.Combine(root, "train/bin/Release/net10.0/train");
        string[] fit =
        [
            "fit", "--data", Path.Combine(root, "samples/horne-adali-2017.csv"), "--base", Path.Combine(root, "models/gpt2-mini"), "--recipe", "sample", "--num-train-epochs", "1",
            "--save-strategy", "no", "--threads", "1", "--cache-dir", folder.Path, "--overwrite-output-dir", "--out", folder.In("adapter"),
        ];
        yield return PairedRun.MeasureSeconds(
            "training on the sample, mini base, two ranks of one thread against one", Rounds,
            () => SecondsOfSteps(train, fit), () => SecondsOfSteps("mpirun", ["--allow-run-as-root", "--oversubscribe", "-n", "2", train, .. fit]), Aims.TwoRanks);
    }

    /// <summary>Runs a program up to its last step.</summary>
    private static double SecondsOfSteps(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        for (string? line; (line = process.StandardOutput.ReadLine()) is not null;)
        {
            if (LastStep().Match(line) is { Success: true } last)
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
                return double.Parse(last.Groups["steps"].Value, CultureInfo.InvariantCulture) / double.Parse(last.Groups["rate"].Value, CultureInfo.InvariantCulture);
            }
        }

        throw new InvalidOperationException($"{program} ended before its last step.");
    }

    [GeneratedRegex(@"^training: (?<steps>\d+)/\k<steps>, .* (?<rate>[\d.]+) a second")]
    private static partial Regex LastStep();
}
