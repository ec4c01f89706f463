using System.Globalization;

namespace FakeNewsOnnx.Benchmarks;

/// <summary>One row of the table.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Unit">Of both values.</param>
/// <param name="Usual">Median of the usual way, or what is allowed.</param>
/// <param name="Ours">Median of ours.</param>
/// <param name="Ratio">Median over the pairs of usual / ours: how many times as fast, or as small, ours is.</param>
/// <param name="AtLeast">The ratio that is aimed at; null where the row is for information.</param>
/// <param name="Floor">What the work's operations and bytes would take at the machine's rates (<see cref="Machine"/>); null where they are not counted.</param>
internal sealed record BenchmarkRow(string Name, string Unit, double Usual, double Ours, double Ratio, double? AtLeast, double? Floor)
{
    public static readonly string[] TableHead = ["| row | usual | ours | ratio | aim | | floor / ours |", "|---|---|---|---|---|---|---|"];

    /// <summary><c>pass</c> or <c>short</c>; empty without an aim.</summary>
    public string Verdict => AtLeast is not { } least ? "" : Ratio >= least ? "pass" : "short";

    /// <summary>A value that may not be more than it is allowed to be.</summary>
    public static BenchmarkRow Limit(string name, string unit, double allowed, double found, double? floor = null) => new(name, unit, allowed, found, allowed / found, 1, floor);

    /// <summary>A line of a Markdown table.</summary>
    public string ToMarkdown() => string.Create(
        CultureInfo.InvariantCulture, $"| {Name} | {Usual:G4} {Unit} | {Ours:G4} {Unit} | {Ratio:F2} | {AtLeast:0.00} | {Verdict} | {Floor / Ours:0.000} |");

    public override string ToString()
    {
        string aim = AtLeast is { } least ? $"  aim ≥ {least.ToString("0.00", CultureInfo.InvariantCulture)}: {Verdict}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{Name}: {Usual:G4} {Unit} against {Ours:G4} {Unit}, {Ratio:F2} ×{aim}");
    }
}
