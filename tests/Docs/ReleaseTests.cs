using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace FakeNewsOnnx.Tests.Docs;

/// <summary>The workflow that makes a release, which runs on GitHub alone: its parts are those of this repository.</summary>
internal sealed partial class ReleaseTests
{
    private static readonly Dictionary<string, WorkflowJob> Jobs = Workflow.Read("release.yml");

    private static readonly string Version = Properties("Directory.Build.props").Single(property => property.Name == "Version").Value;

    /// <summary>Platforms of <c>infer</c> with a libtorch, which have a package of <c>train</c> too.</summary>
    private static readonly string[] TrainPlatforms = Platforms("train/FakeNewsOnnx.Train.csproj");

    private static readonly string[] InferPlatforms = Platforms("infer/cli/FakeNewsOnnx.Infer.csproj");

    [Test]
    public void Infer_IsPublishedForEveryPlatformThatItsPackageNames() =>
        Assert.That(Matrix("runtime"), Is.EqualTo(InferPlatforms).And.EqualTo(new[] { "linux-x64", "linux-arm64", "win-x64", "osx-arm64" }));

    /// <summary>NativeAOT compiles for the system that it runs on.</summary>
    [Test]
    public void EveryPlatform_IsPublishedOnARunnerOfItsOwn() => Assert.That(
        Matrix("os").Select(runner => Runner().Replace(runner, "$1$2")),
        Is.EqualTo(new[] { "ubuntu", "ubuntu-arm", "windows", "macos" }));

    [Test]
    public void EveryPlatform_PacksTheProgramsThatItHas() => Assert.That(
        Matrix("runtime").Zip(Matrix("pack")).Select(entry => (entry.First, string.Join(' ', entry.Second.Split("--only ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Except(["infer/library", "export"])))),
        Is.EqualTo(InferPlatforms.Select(platform => (platform, TrainPlatforms.Contains(platform) ? "train infer/cli" : "infer/cli"))));

    [Test]
    public void TrainsPlatforms_AreThoseOfThePinnedLibTorch() => Assert.That(
        TrainPlatforms,
        Is.EquivalentTo(LibTorch().Matches(File.ReadAllText(Repository.PathOf("Directory.Packages.props"))).Select(match => match.Groups[1].Value)));

    /// <summary>Nothing is left out by a name that no project has.</summary>
    [Test]
    public void EveryChoice_IsAProjectOfTheBuildScript()
    {
        string[] chosen = [.. Jobs.Values.SelectMany(job => job.Commands).Concat(Matrix("pack")).SelectMany(command => Only().Matches(command)).Select(match => match.Groups[1].Value).Distinct()];
        Assert.That(chosen, Is.EquivalentTo(new[] { "infer/library", "export", "train", "infer/cli" }));
        Assert.That(chosen.Where(project => !Workflow.BuildScript.Contains($"Pack(\"{project}\"", StringComparison.Ordinal)), Is.Empty);
    }

    [TestCase("", 0)]
    [TestCase("1", 1)]
    [Platform("Linux")]
    public void TheTag_MustBeTheVersion(string more, int exitCode)
    {
        string script = $"GITHUB_REF_NAME=v{Version}{more}\n{Jobs["model"].Command("The tag is the version")}";
        Assert.That(Repository.Run("bash", Repository.Root, "-e", "-c", script).ExitCode, Is.EqualTo(exitCode));
    }

    [Test]
    public void AllPackages_HaveOneVersion() => Assert.That(
        Directory.GetFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories).Select(project => Path.GetRelativePath(Repository.Root, project))
            .Where(project => Properties(project).Any(property => property.Name.LocalName is "Version" or "VersionPrefix" or "VersionSuffix" or "PackageVersion" or "AssemblyVersion" or "FileVersion" or "InformationalVersion")),
        Is.Empty);

    /// <summary>Only the last job may write, and nothing is released that no job before it has tried.</summary>
    [Test]
    public void OnlyTheLastJob_MayWrite()
    {
        Assert.That(Jobs.Select(job => (job.Key, job.Value.Needs, string.Join(' ', job.Value.Permissions))), Is.EqualTo(new[]
        {
            ("model", "", ""),
            ("programs", "model", ""),
            ("release", "programs", "contents: write id-token: write attestations: write"),
        }));
        Assert.That(Jobs["programs"].Command("The program passes the classifier's self-test"), Is.EqualTo("artifacts/bin/infer/infer selftest --model model.onnx"));
        Assert.That(Jobs["release"].Actions.Select(action => action.Split('@')[0]), Is.EqualTo(new[] { "actions/checkout", "actions/download-artifact", "actions/attest-build-provenance" }));
    }

    /// <summary>With the names that the target Pack gives its files on linux-x64.</summary>
    [Test]
    [Platform("Linux")]
    public void TheCollectedFiles_AreTheProgramAndAllPackagesWithTheirBills()
    {
        using TemporaryFolder folder = new();
        string[] packages =
        [
            "FakeNewsOnnx.Export.0.1.0.cdx.json", "FakeNewsOnnx.Export.0.1.0.nupkg",
            "FakeNewsOnnx.Infer.0.1.0.nupkg", "FakeNewsOnnx.Infer.linux-x64.0.1.0.cdx.json", "FakeNewsOnnx.Infer.linux-x64.0.1.0.nupkg",
            "FakeNewsOnnx.Inference.0.1.0.cdx.json", "FakeNewsOnnx.Inference.0.1.0.nupkg", "FakeNewsOnnx.Inference.0.1.0.snupkg",
            "FakeNewsOnnx.Train.0.1.0.nupkg", "FakeNewsOnnx.Train.linux-x64.0.1.0.cdx.json", "FakeNewsOnnx.Train.linux-x64.0.1.0.nupkg",
        ];
        folder.Write("artifacts/bin/infer/infer", "");
        foreach (string package in packages)
            folder.Write($"artifacts/packages/{package}", "");
        foreach (string step in new[] { "Collect this platform's files", "Collect the files of all platforms" })
        {
            string script = Jobs["programs"].Command(step).Replace("${{ matrix.runtime }}", "linux-x64", StringComparison.Ordinal);
            var (exitCode, output) = Repository.Run("bash", folder.Path, "-e", "-c", script);
            Assert.That(exitCode, Is.Zero, output);
        }

        Assert.That(Directory.GetFiles(folder.In("artifacts", "release")).Select(Path.GetFileName), Is.EquivalentTo(packages.Append("infer-linux-x64.tar.gz")));
    }

    private static IEnumerable<string> Matrix(string key) => Jobs["programs"].Matrix.Select(entry => entry[key]);

    private static string[] Platforms(string project) => Properties(project).Single(property => property.Name == "ToolPackageRuntimeIdentifiers").Value.Split(';');

    private static IEnumerable<XElement> Properties(string file) => XDocument.Load(Repository.PathOf(file)).Descendants("PropertyGroup").Elements();

    [GeneratedRegex(@"^(\w+)-[\d.]+(-arm)?$")]
    private static partial Regex Runner();

    [GeneratedRegex("Include=\"libtorch-cpu-([\\w-]+)\"")]
    private static partial Regex LibTorch();

    [GeneratedRegex(@"--only ([\w/]+)")]
    private static partial Regex Only();
}
