using System.Globalization;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace FakeNewsOnnx.Benchmarks;

/// <summary>Adds the column MB/s: megabytes of the sample's file that a benchmark which reads all of it gets through in a second.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ThroughputColumnAttribute() : ColumnConfigBaseAttribute(new Column())
{
    private sealed class Column : IColumn
    {
        public string Id => nameof(ThroughputColumnAttribute);

        public string ColumnName => "MB/s";

        public string Legend => "10^6 bytes of the sample per second";

        public bool AlwaysShow => true;

        public ColumnCategory Category => ColumnCategory.Custom;

        public int PriorityInCategory => 0;

        public bool IsNumeric => true;

        public UnitType UnitType => UnitType.Dimensionless;

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
            benchmarkCase.Descriptor.WorkloadMethod.Name is nameof(ReadingBenchmarks.ReadCsv) or nameof(ReadingBenchmarks.EncodeWhole)
                && summary[benchmarkCase]?.ResultStatistics is { } statistics
                ? (ReadingBenchmarks.SampleBytes / statistics.Mean * 1e3).ToString("F1", CultureInfo.InvariantCulture) // the mean is in nanoseconds
                : "-";

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

        public bool IsAvailable(Summary summary) => true;

        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;
    }
}
