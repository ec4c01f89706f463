using System.Diagnostics;
using System.Globalization;

namespace FakeNewsOnnx.Tests.Train;

/// <summary>The program, ended again and again at random times: killed, as power cuts do, and by Ctrl-C.</summary>
[Category("Heavy")]
internal sealed class KillTests
{
    [Test]
    public void Fit_KilledAtRandom_EndsWithTheBytesOfAnUnbrokenRun()
    {
        using var folder = new TemporaryFolder();
        string whole = Path.Combine(folder.Path, "whole"), broken = Path.Combine(folder.Path, "broken");
        var clock = Stopwatch.StartNew();
        Assert.That(Run(folder.Path, whole, null, false), Is.Zero);
        int duration = (int)clock.ElapsedMilliseconds;
        var random = new Random(7);
        int kills = 0;
        while (!File.Exists(Path.Combine(broken, "adapter_model.safetensors")))
        {
            int limit = kills < 10 ? random.Next(duration / 10, duration / 4) : int.MaxValue;
            bool resume = Directory.Exists(broken) && Directory.GetDirectories(broken, "checkpoint-*").Length > 0;
            kills += Run(folder.Path, broken, limit, resume, interrupt: kills % 2 == 1 && OperatingSystem.IsLinux()) == 0 ? 0 : 1;
        }

        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"killed {kills} times, unbroken {duration} ms"));
        Assert.That(kills, Is.GreaterThan(2));
        foreach (string file in Directory.GetFiles(whole, "*", SearchOption.AllDirectories).Where(file => !file.Contains("runs", StringComparison.Ordinal) && Path.GetFileName(file) != "report.html"))
        {
            Assert.That(File.ReadAllBytes(Path.Combine(broken, Path.GetRelativePath(whole, file))), Is.EqualTo(File.ReadAllBytes(file)), file);
        }
    }

    private static int Run(string folder, string output, int? killAfterMilliseconds, bool resume, bool interrupt = false)
    {
        string[] arguments =
        [
            "fit", "--data", Repository.PathOf("samples", "horne-adali-2017.csv"), "--base", Repository.PathOf("models", "gpt2-mini"), "--out", output, "--cache-dir", folder,
            "--recipe", "sample", "--max-length", "48", "--num-train-epochs", "3", "--lora-dropout", "0.1", "--save-strategy", "steps", "--save-steps", "5", .. resume ? ["--resume"] : (string[])[],
        ];
        using Process process = Process.Start(new ProcessStartInfo(Repository.PathOf("train", "bin", "Release", "net10.0", OperatingSystem.IsWindows() ? "train.exe" : "train"), arguments) { RedirectStandardOutput = true })!;
        Task<string> output1 = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(killAfterMilliseconds ?? int.MaxValue))
        {
            if (interrupt)
            {
                using Process signal = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
                process.WaitForExit();
                Assert.That(process.ExitCode, Is.AnyOf(0, 130));
            }
            else
            {
                process.Kill();
                process.WaitForExit();
            }
        }

        _ = output1.Result;
        return process.ExitCode;
    }
}
