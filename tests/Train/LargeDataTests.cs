using System.Diagnostics;
using System.Globalization;
using FakeNewsOnnx.Articles;
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
        double few = MeasureFit(folder, $"few-{name}", 200, "articles to train on"), many = MeasureFit(folder, name, Articles, "articles to train on");
        Assert.That(many - few, Is.LessThanOrEqualTo(200)); // measured: 72 for CSV, 100 for Parquet
    }

    /// <summary>With the baseline, the audit and the report that come after training. The steps are few and short, so that activations do not cover what the articles take.</summary>
    [Test]
    public void Articles_AddAtMost300Megabytes_InAWholeFit()
    {
        using var folder = new TemporaryFolder();
        string[] brief = ["--max-steps", "1", "--per-device-train-batch-size", "1", "--per-device-eval-batch-size", "1", "--max-length", "32", "--validation-fraction", "0.0005", "--test-fraction", "0"];
        double few = MeasureFit(folder, "few.csv", 4000, "adapter written", brief), many = MeasureFit(folder, "articles.csv", Articles, "adapter written", brief);
        Assert.That(many - few, Is.LessThanOrEqualTo(300));
    }

    /// <summary>The peak of the program in megabytes, when it says something.</summary>
    private static double MeasureFit(TemporaryFolder folder, string name, int articles, string end, params string[] options)
    {
        string path = Write(folder.In(name), articles);
        string[] arguments = ["fit", "--data", path, "--base", Repository.PathOf("models", "gpt2-mini"), "--out", folder.In($"{name}.adapter"), "--cache-dir", folder.Path, .. options];
        var clock = Stopwatch.StartNew();
        using Process process = Process.Start(new ProcessStartInfo(Repository.Program("train"), arguments) { RedirectStandardOutput = true })!;
        double peak = 0;
        string? line;
        do
        {
            line = process.StandardOutput.ReadLine();
            peak = PeakOf(process) ?? peak;
        }
        while (line is not null && !line.Contains(end, StringComparison.Ordinal));
        process.Kill();
        process.WaitForExit();

        Assert.That(line, Does.Contain(end));
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}, {new FileInfo(path).Length / 1e6:F0} MB: peak {peak:F0} MB, {clock.Elapsed.TotalSeconds:F0} s"));
        return peak;
    }

    /// <summary>Null once the process has ended.</summary>
    private static double? PeakOf(Process process)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(entry => entry.StartsWith("VmHWM", StringComparison.Ordinal));
            return line is null ? null : double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024 / 1e6;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string Write(string path, int articles)
    {
        using CsvArticleReader reader = CsvArticleReader.Open(Repository.PathOf("samples", "horne-adali-2017.csv"));
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
