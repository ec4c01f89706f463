using System.Diagnostics;
using System.Globalization;
using FakeNewsOnnx.Data;
using FakeNewsOnnx.Tests.Hub;

namespace FakeNewsOnnx.Tests.Train;

/// <summary>As many articles as the notebook's data set has, each with the sample's length: their texts must not be in memory together.</summary>
[Category("Heavy")]
[Platform("Linux", Reason = "reads the peak from /proc")]
internal sealed class LargeDataTests
{
    private const int Articles = 165_000;

    [TestCase("articles.parquet")]
    [TestCase("articles.csv")]
    public void Articles_AddAtMost200Megabytes_UntilTrainingStarts(string name)
    {
        using var folder = new TemporaryFolder();
        double few = MeasureFit(folder, Write(Path.Combine(folder.Path, $"few-{name}"), 200)), many = MeasureFit(folder, Write(Path.Combine(folder.Path, name), Articles));
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: peak {many:F0} MB, with 200 articles {few:F0} MB"));
        Assert.That(many - few, Is.LessThanOrEqualTo(200)); // measured: 72 for CSV, 100 for Parquet
    }

    /// <summary>The peak of the program in megabytes, when it has read and encoded everything and loaded the model.</summary>
    private static double MeasureFit(TemporaryFolder folder, string path)
    {
        string[] arguments = ["fit", "--data", path, "--base", Repository.PathOf("models", "gpt2-mini"), "--out", Path.Combine(folder.Path, "adapter"), "--cache-dir", folder.Path];
        var clock = Stopwatch.StartNew();
        using Process process = Process.Start(new ProcessStartInfo(Repository.PathOf("train", "bin", "Release", "net10.0", "train"), arguments) { RedirectStandardOutput = true })!;
        string line = process.StandardOutput.ReadLine() ?? "nothing";
        string peak = File.ReadLines($"/proc/{process.Id}/status").First(entry => entry.StartsWith("VmHWM", StringComparison.Ordinal));
        process.Kill();
        process.WaitForExit();

        double megabytes = double.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024 / 1e6;
        Assert.That(line, Does.Contain("articles to train on"));
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{line}\n{new FileInfo(path).Length / 1e6:F0} MB, {clock.Elapsed.TotalSeconds:F0} s"));
        return megabytes;
    }

    private static string Write(string path, int articles)
    {
        using ArticleReader reader = ArticleReader.Open(Repository.PathOf("samples", "horne-adali-2017.csv"));
        ArticleRow[] sample = [.. reader.ReadValidRows().Where(row => row.Label is "fake" or "real")];
        var rows = Enumerable.Range(0, articles).Select(i => sample[i % sample.Length]).Select((row, i) => ($"{row.Article!.Title} {i}", $"{i} {row.Article.Content}", row.Label!));
        if (path.EndsWith(".parquet", StringComparison.Ordinal))
        {
            return ParquetFile.Write(path, rows.Select(row => ((string?)row.Item1, (string?)row.Item2, (string?)row.Item3)));
        }

        using var writer = new StreamWriter(path);
        writer.WriteLine("title,content,classification");
        foreach (var (title, content, label) in rows)
        {
            writer.Write($"\"{title.Replace("\"", "\"\"", StringComparison.Ordinal)}\",\"{content.Replace("\"", "\"\"", StringComparison.Ordinal)}\",{label}\n");
        }

        return path;
    }
}
