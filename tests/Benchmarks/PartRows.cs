using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace FakeNewsOnnx.Benchmarks;

/// <summary>The small parts, timed by BenchmarkDotNet in processes of their own; its own reports are in <c>artifacts/benchmark/results</c>.</summary>
internal static class PartRows
{
    private const double NanosecondsPerSecond = 1e9;

    /// <summary>On a noisy machine BenchmarkDotNet would go on for minutes to narrow its interval.</summary>
    private static readonly Job Short = Job.Default.WithWarmupCount(3).WithIterationCount(15);

    private static readonly PartBenchmark[] Parts = [new CsvBenchmarks(), new TokenizerBenchmarks(), new MergeBenchmarks(), new WriterBenchmarks(), new PackingBenchmarks()];

    /// <summary>All of them, in one run of BenchmarkDotNet.</summary>
    public static IEnumerable<BenchmarkRow> All(string root)
    {
        var config = DefaultConfig.Instance.AddJob(Short).AddDiagnoser(MemoryDiagnoser.Default).WithArtifactsPath(Path.Combine(root, "artifacts/benchmark")).WithOptions(ConfigOptions.DisableLogFile);
        Summary[] summaries = BenchmarkRunner.Run([.. Parts.Select(part => part.GetType())], config);
        return Parts.Zip(summaries, Row);
    }

    private static BenchmarkRow Row(PartBenchmark part, Summary summary)
    {
        double usual = Seconds(isBaseline: true), ours = Seconds(isBaseline: false), microsecondsPerSecond = 1e6;
        return new(part.Name, "µs", usual * microsecondsPerSecond, ours * microsecondsPerSecond, usual / ours, null, part.Bytes / Machine.BytesPerSecond * microsecondsPerSecond);

        double Seconds(bool isBaseline) => summary.Reports.Single(report => report.BenchmarkCase.Descriptor.Baseline == isBaseline).ResultStatistics?.Median / NanosecondsPerSecond
            ?? throw new InvalidOperationException($"{part.Name}: BenchmarkDotNet has no result; its report is above.");
    }
}
