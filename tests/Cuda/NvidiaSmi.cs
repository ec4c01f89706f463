using System.Diagnostics;
using System.Globalization;

namespace FakeNewsOnnx.Tests.Cuda;

/// <summary>NVIDIA's own program, which comes with the driver.</summary>
internal static class NvidiaSmi
{
    /// <summary>GPU memory of a process, in MiB; in a container, where processes have other numbers, that of all processes.</summary>
    public static long UsedMegabytes(int process)
    {
        string[][] rows = [.. Query("--query-compute-apps=pid,used_memory").Select(line => line.Split(','))];
        string? own = rows.FirstOrDefault(row => row[0].Trim() == process.ToString(CultureInfo.InvariantCulture))?[1];
        return own is not null ? Parse(own) : Query("--query-gpu=memory.used").Sum(Parse);
    }

    private static long Parse(string text) => long.Parse(text.Trim(), CultureInfo.InvariantCulture);

    private static string[] Query(string what)
    {
        using Process process = Process.Start(new ProcessStartInfo("nvidia-smi", [what, "--format=csv,noheader,nounits"]) { RedirectStandardOutput = true })!;
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, "nvidia-smi");
        return lines;
    }
}
