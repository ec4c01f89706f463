using System.Text.Json;
using System.Text.RegularExpressions;

namespace FakeNewsOnnx.Tests.Delivery;

/// <summary>The programs as .NET tools: packed as the target Pack does it, installed from a folder, and run one after the other.</summary>
[Category("Heavy")]
internal sealed partial class ToolPackageTests
{
    /// <summary>What nuget.org accepts: https://learn.microsoft.com/nuget/nuget-org/publish-a-package.</summary>
    private const long LargestPackage = 250_000_000;

    private static readonly string Packages = Repository.PathOf("artifacts", "packages");

    private static readonly string Platform = System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier;

    private readonly TemporaryFolder _folder = new();

    [OneTimeSetUp]
    public void PackAndInstall()
    {
        Expect(Repository.Dotnet(Repository.Root, "tool", "restore"));
        Expect(Repository.Dotnet(Repository.Root, "cake", "build.cake", "--target", "Pack"));
        foreach (string package in new[] { "FakeNewsOnnx.Train", "FakeNewsOnnx.Export", "FakeNewsOnnx.Infer" })
        {
            Expect(Repository.Dotnet(_folder.Path, "tool", "install", package, "--tool-path", "tools", "--source", Packages, "--no-cache"));
        }
    }

    [OneTimeTearDown]
    public void CleanUp() => _folder.Dispose();

    [TestCase("train")]
    [TestCase("export")]
    [TestCase("infer")]
    public void EveryTool_TellsItsVersion(string program) => Assert.That(Tool(program, "--version"), Does.Match(@"^\d+\.\d+\.\d+(\+\w+)?\s*$"));

    [Test]
    public void TheTools_AgreeAboutAnArticle()
    {
        string @base = Repository.PathOf("models", "gpt2-mini"), adapter = Repository.PathOf("tests", "Fixtures", "sample-tuned", "adapter");
        string[] article = ["--title", "Council approves bridge", "--content", "The city council voted on Tuesday to fund a new bridge."];

        string trained = Tool("train", ["predict", "--base", @base, "--adapter", adapter, .. article]);
        Tool("export", "onnx", "--base", @base, "--adapter", adapter, "--out", _folder.In("model.onnx"));
        Tool("infer", "selftest", "--model", "model.onnx");
        using var scored = JsonDocument.Parse(Tool("infer", ["classify", "--model", "model.onnx", "--json", .. article]));

        var (label, probability) = (scored.RootElement.GetProperty("label").GetString(), scored.RootElement.GetProperty("score").GetDouble());
        Assert.That(trained, Does.StartWith(FormattableString.Invariant($"{label} {probability:F4}")));
    }

    [Test]
    public void EveryPackage_IsSmallEnoughToPublish() =>
        Assert.That(Directory.GetFiles(Packages).Select(file => new FileInfo(file)).Where(file => file.Length > LargestPackage).Select(file => $"{file.Name}: {file.Length}"), Is.Empty);

    [Test]
    public void ThePlatformsOfATool_AreItsPackages() => Assert.That(
        Directory.GetFiles(Packages, "*nupkg").Select(file => VersionAndType().Replace(Path.GetFileName(file), "")),
        Is.EquivalentTo(new[] { "FakeNewsOnnx.Export", "FakeNewsOnnx.Infer", $"FakeNewsOnnx.Infer.{Platform}", "FakeNewsOnnx.Inference", "FakeNewsOnnx.Inference", "FakeNewsOnnx.Train", $"FakeNewsOnnx.Train.{Platform}" }));

    private string Tool(string program, params string[] arguments) =>
        Expect(Repository.Run(Path.Combine(_folder.Path, "tools", $"fakenews-{program}{(OperatingSystem.IsWindows() ? ".exe" : "")}"), _folder.Path, arguments));

    private static string Expect((int ExitCode, string Output) run)
    {
        Assert.That(run.ExitCode, Is.Zero, run.Output);
        return run.Output;
    }

    [GeneratedRegex(@"\.\d+\.\d+\.\d+\.s?nupkg$")]
    private static partial Regex VersionAndType();
}
