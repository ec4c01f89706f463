using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace FakeNewsOnnx.Tests.Build;

/// <summary>
/// Resolves the references of throw-away projects under the repository's own targets and rules. Each probe takes its rule from a real project and reaches every
/// part of the solution; what the build then complains of is what the real project may not reach.
/// </summary>
[TestFixture]
public sealed class ForbiddenReferencesTests
{
    private static readonly string[] Shared = ["FakeNewsOnnx.Articles", "FakeNewsOnnx.Checkpoint", "FakeNewsOnnx.Cli", "FakeNewsOnnx.Files", "FakeNewsOnnx.Hub"];

    private Dictionary<string, string[]> _complaints = [];
    private string _output = "";

    [OneTimeSetUp]
    public void BuildProbes()
    {
        using TemporaryFolder folder = new();
        folder.Write("Directory.Build.props", "<Project><PropertyGroup><TargetFramework>net10.0</TargetFramework><NuGetAudit>false</NuGetAudit></PropertyGroup></Project>");
        folder.Write("Directory.Build.targets", $"<Project><Import Project=\"{Repository.PathOf("Directory.Build.targets")}\" /></Project>");
        folder.Write("Directory.Packages.props", $"<Project><Import Project=\"{Repository.PathOf("Directory.Packages.props")}\" /></Project>");

        List<string> projects = [];
        void Add(string name, string rule, string[] packages, string[] references)
        {
            projects.Add($"{name}/{name}.csproj");
            folder.Write(projects[^1], $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup><ForbiddenReferences>{rule}</ForbiddenReferences></PropertyGroup>
                  <ItemGroup>
                    {string.Concat(packages.Select(p => $"<PackageReference Include=\"{p}\" />"))}
                    {string.Concat(references.Select(r => $"<ProjectReference Include=\"../{r}/{r}.csproj\" />"))}
                  </ItemGroup>
                </Project>
                """);
        }

        foreach (string shared in Shared)
            Add(shared, "", shared is "FakeNewsOnnx.Cli" ? ["System.CommandLine"] : shared is "FakeNewsOnnx.Articles" ? ["CsvHelper"] : [], []);
        Add("FakeNewsOnnx.Train", "", ["TorchSharp", "ParquetSharp"], []);
        Add("FakeNewsOnnx.Export", "", [], []);
        Add("FakeNewsOnnx.Inference", "", ["Microsoft.ML.OnnxRuntime.Managed"], []);
        Add("FakeNewsOnnx.Infer", "", ["Microsoft.ML.OnnxRuntime"], ["FakeNewsOnnx.Inference"]);
        Add("Everything", "", [], [.. Shared, "FakeNewsOnnx.Train", "FakeNewsOnnx.Export", "FakeNewsOnnx.Infer"]);

        foreach (string project in new[] { "shared/contract/Contract", "shared/files/Files", "shared/articles/Articles", "shared/checkpoint/Checkpoint", "shared/hub/Hub", "shared/cli/Cli", "train/Train", "export/Export", "infer/library/Inference", "infer/cli/Infer" })
            Add("Probe." + Path.GetFileName(project), RuleOf(project), [], ["Everything"]);
        Add("Probe.Direct", RuleOf("export/Export"), ["TorchSharp"], ["FakeNewsOnnx.Infer"]);
        Add("Probe.Allowed", RuleOf("export/Export"), ["Google.Protobuf"], ["FakeNewsOnnx.Checkpoint"]);

        folder.Write("Probes.slnx", $"<Solution>{string.Concat(projects.Select(p => $"<Project Path=\"{p}\" />"))}</Solution>");
        // The rule is checked before anything is compiled, so nothing need be.
        (int exitCode, _output) = Repository.Dotnet(folder.Path, "build", "Probes.slnx", "--nologo", "-t:ResolveAssemblyReferences", "-p:BuildProjectReferences=false");
        Assert.That(exitCode, Is.Not.Zero, _output);
        _complaints = Regex.Matches(_output, @"error FNO0001: (\S+) must not reach (.+?), directly or")
            .DistinctBy(m => m.Groups[1].Value)
            .ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value.Split(", ").Order(StringComparer.Ordinal).ToArray());
    }

    [TestCase("Contract", "FakeNewsOnnx.Articles", "FakeNewsOnnx.Checkpoint", "FakeNewsOnnx.Cli", "FakeNewsOnnx.Export", "FakeNewsOnnx.Files", "FakeNewsOnnx.Hub", "FakeNewsOnnx.Infer", "FakeNewsOnnx.Inference", "FakeNewsOnnx.Train", "Microsoft.ML.OnnxRuntime", "Microsoft.ML.OnnxRuntime.Managed", "TorchSharp")]
    [TestCase("Files", "CsvHelper", "FakeNewsOnnx.Articles", "FakeNewsOnnx.Checkpoint", "FakeNewsOnnx.Cli", "FakeNewsOnnx.Export", "FakeNewsOnnx.Hub", "FakeNewsOnnx.Infer", "FakeNewsOnnx.Inference", "FakeNewsOnnx.Train", "Microsoft.ML.OnnxRuntime", "Microsoft.ML.OnnxRuntime.Managed", "ParquetSharp", "System.CommandLine", "TorchSharp")]
    [TestCase("Articles", "FakeNewsOnnx.Checkpoint", "FakeNewsOnnx.Cli", "FakeNewsOnnx.Export", "FakeNewsOnnx.Hub", "FakeNewsOnnx.Infer", "FakeNewsOnnx.Inference", "FakeNewsOnnx.Train", "Microsoft.ML.OnnxRuntime", "Microsoft.ML.OnnxRuntime.Managed", "ParquetSharp", "System.CommandLine", "TorchSharp")]
    [TestCase("Checkpoint", "CsvHelper", "FakeNewsOnnx.Articles", "FakeNewsOnnx.Cli", "FakeNewsOnnx.Export", "FakeNewsOnnx.Hub", "FakeNewsOnnx.Infer", "FakeNewsOnnx.Inference", "FakeNewsOnnx.Train", "Microsoft.ML.OnnxRuntime", "Microsoft.ML.OnnxRuntime.Managed", "ParquetSharp", "System.CommandLine", "TorchSharp")]
    [TestCase("Hub", "CsvHelper", "FakeNewsOnnx.Articles", "FakeNewsOnnx.Cli", "FakeNewsOnnx.Export", "FakeNewsOnnx.Infer", "FakeNewsOnnx.Inference", "FakeNewsOnnx.Train", "Microsoft.ML.OnnxRuntime", "Microsoft.ML.OnnxRuntime.Managed", "ParquetSharp", "System.CommandLine", "TorchSharp")]
    [TestCase("Cli", "CsvHelper", "FakeNewsOnnx.Articles", "FakeNewsOnnx.Checkpoint", "FakeNewsOnnx.Export", "FakeNewsOnnx.Hub", "FakeNewsOnnx.Infer", "FakeNewsOnnx.Inference", "FakeNewsOnnx.Train", "Microsoft.ML.OnnxRuntime", "Microsoft.ML.OnnxRuntime.Managed", "ParquetSharp", "TorchSharp")]
    [TestCase("Train", "FakeNewsOnnx.Export", "FakeNewsOnnx.Infer", "FakeNewsOnnx.Inference", "Microsoft.ML.OnnxRuntime", "Microsoft.ML.OnnxRuntime.Managed")]
    [TestCase("Export", "CsvHelper", "FakeNewsOnnx.Articles", "FakeNewsOnnx.Infer", "FakeNewsOnnx.Inference", "FakeNewsOnnx.Train", "Microsoft.ML.OnnxRuntime", "Microsoft.ML.OnnxRuntime.Managed", "ParquetSharp", "TorchSharp")]
    [TestCase("Inference", "CsvHelper", "FakeNewsOnnx.Articles", "FakeNewsOnnx.Checkpoint", "FakeNewsOnnx.Cli", "FakeNewsOnnx.Export", "FakeNewsOnnx.Files", "FakeNewsOnnx.Hub", "FakeNewsOnnx.Train", "ParquetSharp", "System.CommandLine", "TorchSharp")]
    [TestCase("Infer", "FakeNewsOnnx.Checkpoint", "FakeNewsOnnx.Export", "FakeNewsOnnx.Hub", "FakeNewsOnnx.Train", "ParquetSharp", "TorchSharp")]
    [TestCase("Direct", "FakeNewsOnnx.Infer", "FakeNewsOnnx.Inference", "Microsoft.ML.OnnxRuntime", "Microsoft.ML.OnnxRuntime.Managed", "TorchSharp")]
    public void Build_FailsOnWhatTheProjectMustNotReach(string project, params string[] forbidden) =>
        Assert.That(_complaints.GetValueOrDefault("Probe." + project), Is.EqualTo(forbidden), _output);

    [Test]
    public void Build_SaysNothingOfWhatTheProjectMayReach() =>
        Assert.That(_output, Does.Contain("Probe.Allowed").And.Not.Contain("Probe.Allowed must not"));

    /// <summary>The native packages are too large to build a probe with: libtorch is 600 MB.</summary>
    [TestCase("shared/contract/Contract")]
    [TestCase("shared/files/Files")]
    [TestCase("shared/articles/Articles")]
    [TestCase("shared/checkpoint/Checkpoint")]
    [TestCase("shared/hub/Hub")]
    [TestCase("shared/cli/Cli")]
    [TestCase("export/Export")]
    [TestCase("infer/library/Inference")]
    [TestCase("infer/cli/Infer")]
    public void Rule_ForbidsTheNativePackages(string project) => Assert.That(RuleOf(project).Split(';'), Does.Contain("libtorch*"));

    private static string RuleOf(string project) =>
        XDocument.Load(Repository.PathOf($"{Path.GetDirectoryName(project)}/FakeNewsOnnx.{Path.GetFileName(project)}.csproj"))
            .Descendants("ForbiddenReferences").Single().Value;
}
