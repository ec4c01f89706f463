using System.Text.RegularExpressions;
using YamlDotNet.Serialization;

namespace FakeNewsOnnx.Tests.Docs;

/// <summary>The workflow for GitHub Actions calls targets that exist, on the three systems.</summary>
internal sealed partial class WorkflowTests
{
    private static readonly Dictionary<string, object> Jobs = Read<Dictionary<string, object>>("jobs");

    [Test]
    public void EveryTargetThatIsCalled_IsInBuildCake()
    {
        string cake = File.ReadAllText(Repository.PathOf("build.cake"));
        string[] called = [.. Jobs.Keys.SelectMany(Commands).SelectMany(command => Target().Matches(command)).Select(match => match.Groups[1].Value)];
        Assert.That(called, Is.EqualTo(new[] { "Build", "Test", "Default", "Publish", "Pack", "TestHeavy", "TestReadme" }));
        Assert.That(called.Where(target => !cake.Contains($"Task(\"{target}\")", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void EverySystem_HasItsBuildScript()
    {
        var matrix = (Dictionary<object, object>)((Dictionary<object, object>)((Dictionary<object, object>)Jobs["build"])["strategy"])["matrix"];
        var systems = ((List<object>)matrix["include"]).Cast<Dictionary<object, object>>().Select(entry => ($"{entry["os"]}".Split('-')[0], $"{entry["build"]}"));
        Assert.That(systems, Is.EqualTo(new[] { ("ubuntu", "./build.sh"), ("windows", "./build.ps1"), ("macos", "./build.sh") }));
    }

    [Test]
    public void EveryBuildCommand_IsOneOfAScript() => Assert.That(
        Jobs.Keys.SelectMany(Commands).Where(command => command.Contains("--target", StringComparison.Ordinal)).Select(command => command.Split(" --target")[0]),
        Has.All.AnyOf("${{ matrix.build }}", "./build.sh"));

    private static IEnumerable<string> Commands(string job) => ((List<object>)((Dictionary<object, object>)Jobs[job])["steps"]).Cast<Dictionary<object, object>>()
        .Select(step => step.GetValueOrDefault("run") as string).OfType<string>();

    private static T Read<T>(string key)
    {
        string text = File.ReadAllText(Repository.PathOf(".github", "workflows", "ci.yml"));
        var serializer = new SerializerBuilder().Build();
        var deserializer = new DeserializerBuilder().Build();
        return deserializer.Deserialize<T>(serializer.Serialize(deserializer.Deserialize<Dictionary<string, object>>(text)[key]));
    }

    [GeneratedRegex(@"--target (\w+)")]
    private static partial Regex Target();
}
