using System.Text.Json;
using System.Text.RegularExpressions;

namespace FakeNewsOnnx.Tests.Build;

/// <summary><c>build.cake</c> is a table of contents, and its bills of materials name the packages that were restored.</summary>
internal sealed partial class BuildScriptTests
{
    private static readonly string Script = File.ReadAllText(Repository.PathOf("build.cake"));

    [Test]
    public void TheScript_IsATableOfContents() => Assert.That(Script.Split('\n'), Has.Length.LessThanOrEqualTo(150));

    [Test]
    public void EveryTarget_IsListedAtTheTop() =>
        Assert.That(ListedTarget().Matches(Script).Select(match => match.Groups[1].Value), Is.EquivalentTo(Task().Matches(Script).Select(match => match.Groups[1].Value)));

    [Test]
    public void EveryPartOfTheScript_IsLoaded() => Assert.That(
        Directory.GetFiles(Repository.PathOf("build"), "*.cake").Select(file => $"#load build/{Path.GetFileName(file)}"),
        Is.EquivalentTo(Script.Split('\n').Where(line => line.StartsWith("#load", StringComparison.Ordinal))));

    /// <summary>With the arguments of the target Pack.</summary>
    [TestCase("export")]
    [TestCase("infer/library")]
    public void ABillOfMaterials_NamesTheRestoredPackages_WithTheirHashes(string project)
    {
        using TemporaryFolder folder = new();
        string arguments = Arguments().Match(File.ReadAllText(Repository.PathOf("build", "package.cake"))).Groups[1].Value;
        string[] fixedArguments = [.. Quoted().Matches(arguments).Select(match => match.Groups[1].Value)];
        Assert.That(fixedArguments, Is.SupersetOf(new[] { "-dpr", "-ns", "Library", "1.6" }));

        string projectFile = Directory.GetFiles(Repository.PathOf(project), "*.csproj").Single();
        (int exitCode, string output) = Repository.Dotnet(Repository.Root, "CycloneDX", projectFile, "-dpr", "-ns", "-st", "Library", "-spv", "1.6", "-F", "Json", "-o", folder.Path, "-fn", "bill.cdx.json");
        Assert.That(exitCode, Is.Zero, output);

        using JsonDocument bill = JsonDocument.Parse(File.ReadAllText(folder.In("bill.cdx.json"))), assets = JsonDocument.Parse(File.ReadAllText(Repository.PathOf(project, "obj", "project.assets.json")));
        JsonElement[] components = [.. bill.RootElement.GetProperty("components").EnumerateArray()];
        Assert.That(bill.RootElement.GetProperty("specVersion").GetString(), Is.EqualTo("1.6"));
        Assert.That(
            components.Select(component => $"{component.GetProperty("name")}/{component.GetProperty("version")}"),
            Is.EquivalentTo(assets.RootElement.GetProperty("libraries").EnumerateObject().Where(library => library.Value.GetProperty("type").ValueEquals("package")).Select(library => library.Name)));
        Assert.That(components.Select(component => component.GetProperty("hashes")[0].GetProperty("content").GetString()), Is.All.Length.EqualTo(128));
    }

    [GeneratedRegex(@"^// ([A-Z]\w+) +\S", RegexOptions.Multiline)]
    private static partial Regex ListedTarget();

    [GeneratedRegex("^Task\\(\"(\\w+)\"\\)", RegexOptions.Multiline)]
    private static partial Regex Task();

    [GeneratedRegex("\\[\"CycloneDX\", (.*?)\\]")]
    private static partial Regex Arguments();

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex Quoted();
}
