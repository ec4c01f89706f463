using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace FakeNewsOnnx.Tests.Build;

/// <summary>What is written down of other people's code is what the programs are built with.</summary>
internal sealed partial class SupplyChainTests
{
    private static readonly (string Name, string Project)[] Programs = [("train", "train"), ("export", "export"), ("infer", "infer/cli")];

    /// <summary>Licences that packages bring as a file instead of naming them.</summary>
    private static readonly Dictionary<string, string> LicenceFiles = new()
    {
        ["Apache.Arrow"] = "Apache-2.0",
        ["Microsoft.ML.OnnxRuntime"] = "MIT",
        ["Microsoft.ML.OnnxRuntime.Managed"] = "MIT",
    };

    /// <summary>Other systems have other native packages.</summary>
    [Test]
    [Platform("Linux")]
    public void Notices_NameEveryPackageOfThePrograms_WithItsLicence()
    {
        var expected = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (program, project) in Programs)
        {
            foreach (string package in Packages(program))
            {
                string name = package.StartsWith("libtorch-cpu-", StringComparison.Ordinal) ? "libtorch-cpu-*" : package;
                expected[name] = expected.TryGetValue(name, out string? row) ? row.Replace(" |", $", {program} |", StringComparison.Ordinal) : $"{program} | {LicenceOf(package, project)}";
            }
        }

        var written = Row().Matches(File.ReadAllText(Repository.PathOf("THIRD-PARTY-NOTICES.md"))).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        Assert.That(written, Is.EquivalentTo(expected));
    }

    [Test]
    public void EveryLibrary_IsLocked() => Assert.That(
        new[] { "shared/contract", "shared/files", "shared/articles", "shared/checkpoint", "shared/hub", "shared/cli", "infer/library" }.Where(project => !File.Exists(Repository.PathOf(project, "packages.lock.json"))), Is.Empty);

    private static IEnumerable<string> Packages(string program)
    {
        using JsonDocument dependencies = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, $"{program}.deps.json")));
        return [.. dependencies.RootElement.GetProperty("libraries").EnumerateObject().Where(library => library.Value.GetProperty("type").ValueEquals("package")).Select(library => library.Name.Split('/')[0])];
    }

    private static string LicenceOf(string package, string project)
    {
        using JsonDocument assets = JsonDocument.Parse(File.ReadAllText(Repository.PathOf(project, "obj", "project.assets.json")));
        string folder = assets.RootElement.GetProperty("packageFolders").EnumerateObject().First().Name;
        string path = assets.RootElement.GetProperty("libraries").EnumerateObject().First(library => library.Name.StartsWith(package + "/", StringComparison.Ordinal)).Value.GetProperty("path").GetString()!;
        XElement licence = XDocument.Load(Path.Combine(folder, path, $"{package.ToLowerInvariant()}.nuspec")).Descendants().Single(element => element.Name.LocalName == "license");
        return (string?)licence.Attribute("type") == "expression" ? licence.Value : LicenceFiles[package];
    }

    [GeneratedRegex(@"^\| ([\w.*-]+) \| ((?:train|export|infer)[a-z, ]* \| [\w. -]+?) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
