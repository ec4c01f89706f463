using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using FakeNewsOnnx.Infer;
using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.Training;
using Comparison = FakeNewsOnnx.Train.Evaluation.Comparison;

namespace FakeNewsOnnx.Tests.Docs;

/// <summary>docs/file-formats.md names the members of every JSON file: the tables after `members: TYPE`.</summary>
internal sealed partial class FileFormatTests
{
    private const string Page = "docs/file-formats.md";

    private static readonly Type[] Types =
    [
        typeof(Manifest), typeof(SelfTest), typeof(SelfTestCase), typeof(MetricsFile), typeof(MetricsReport), typeof(ClassificationMetrics), typeof(Comparison),
        typeof(TrainerState), typeof(LogEntry), typeof(ResumeState), typeof(RunRecord), typeof(RunSettings),
    ];

    [TestCaseSource(nameof(Types))]
    public void EveryTable_NamesTheMembersInTheirOrder(Type type) => Assert.That(Documented(type), Is.EqualTo(Members(type)));

    [Test]
    public void EveryTable_HasAType() => Assert.That(Table().Matches(Pages.Read(Page)).Select(match => match.Groups["type"].Value), Is.EquivalentTo(Types.Select(type => type.Name)));

    private static IEnumerable<string> Documented(Type type) => Table().Matches(Pages.Read(Page)).Where(match => match.Groups["type"].Value == type.Name)
        .SelectMany(match => Row().Matches(match.Groups["rows"].Value)).Select(match => match.Groups[1].Value);

    private static IEnumerable<string> Members(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.GetCustomAttribute<JsonIgnoreAttribute>() is null)
        .Select(property => property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));

    [GeneratedRegex(@"<!-- members: (?<type>\w+) -->\n\|.*\n\|.*\n(?<rows>(?:\|.*\n)+)")]
    private static partial Regex Table();

    [GeneratedRegex("^\\| `([^`]+)` \\|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
