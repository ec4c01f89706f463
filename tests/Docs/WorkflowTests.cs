using System.Text.RegularExpressions;

namespace FakeNewsOnnx.Tests.Docs;

/// <summary>The workflows for GitHub Actions call targets that exist, on the three systems, with actions that no one can replace.</summary>
internal sealed partial class WorkflowTests
{
    private static readonly Dictionary<string, WorkflowJob> Jobs = Workflow.Read("ci.yml");

    [TestCase("ci.yml", "Build", "Test", "Default", "Publish", "Pack", "TestHeavy", "TestReadme")]
    [TestCase("codeql.yml")]
    [TestCase("release.yml", "Default", "Publish", "Pack")]
    public void EveryTargetThatIsCalled_IsInTheBuildScript(string workflow, params string[] targets)
    {
        string[] called = [.. Workflow.Read(workflow).Values.SelectMany(job => job.Commands).SelectMany(command => Target().Matches(command)).Select(match => match.Groups[1].Value)];
        Assert.That(called, Is.EqualTo(targets));
        Assert.That(called.Where(target => !Workflow.BuildScript.Contains($"Task(\"{target}\")", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void EverySystem_HasItsBuildScript() => Assert.That(
        Jobs["build"].Matrix.Select(entry => (entry["os"].Split('-')[0], entry["build"])),
        Is.EqualTo(new[] { ("ubuntu", "./build.sh"), ("windows", "./build.ps1"), ("macos", "./build.sh") }));

    [Test]
    public void EveryBuildCommand_IsOneOfAScript([Values("ci.yml", "release.yml")] string workflow) => Assert.That(
        Workflow.Read(workflow).Values.SelectMany(job => job.Commands).Where(command => command.Contains("--target", StringComparison.Ordinal)).Select(command => command.Split(" --target")[0]),
        Has.All.AnyOf("${{ matrix.build }}", "./build.sh"));

    /// <summary>A tag can be moved to other code, a commit can't.</summary>
    [Test]
    public void EveryAction_IsPinnedByItsCommit_WithItsTagBesideIt() => Assert.That(Uses().Where(line => !Pinned().IsMatch(line)), Is.Empty);

    [Test]
    public void AnAction_IsOfOneVersionInAllWorkflows() => Assert.That(
        Uses().Distinct().GroupBy(line => string.Join('/', line.Split('@')[0].Split('/').Take(2))).Where(action => action.Select(line => line.Split('@')[1]).Distinct().Count() > 1).Select(action => action.Key),
        Is.Empty);

    [TestCase("actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", true)]
    [TestCase("actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", false)]
    [TestCase("actions/checkout@3d3c42e # v7.0.1", false)]
    [TestCase("actions/checkout@v7 # v7.0.1", false)]
    public void APin_IsFortyDigitsAndATag(string line, bool isPinned) => Assert.That(Pinned().IsMatch(line), Is.EqualTo(isPinned));

    private static string[] Uses()
    {
        string[] lines = [.. Workflow.All.SelectMany(name => Workflow.Text(name).Split('\n')).Where(line => line.Contains("uses:", StringComparison.Ordinal)).Select(line => line.Split("uses:")[1].Trim())];
        Assert.That(lines, Has.Length.GreaterThan(10));
        return lines;
    }

    [GeneratedRegex(@"--target (\w+)")]
    private static partial Regex Target();

    [GeneratedRegex(@"^[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")]
    private static partial Regex Pinned();
}
