using YamlDotNet.Serialization;

namespace FakeNewsOnnx.Tests.Docs;

/// <summary>The files of <c>.github/workflows</c>, and the build script that they call.</summary>
internal static class Workflow
{
    /// <summary>The names of all workflows.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Directory.GetFiles(Repository.PathOf(".github", "workflows")).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    /// <summary><c>build.cake</c> and all that it loads.</summary>
    public static string BuildScript { get; } = string.Concat(
        Directory.GetFiles(Repository.PathOf("build"), "*.cake").Prepend(Repository.PathOf("build.cake")).Select(File.ReadAllText));

    /// <summary>A workflow's text.</summary>
    public static string Text(string name) => File.ReadAllText(Repository.PathOf(".github", "workflows", name));

    /// <summary>A workflow's jobs by name, in their order.</summary>
    public static Dictionary<string, WorkflowJob> Read(string name) =>
        new DeserializerBuilder().IgnoreUnmatchedProperties().Build().Deserialize<WorkflowFile>(Text(name)).Jobs;

    private sealed class WorkflowFile
    {
        [YamlMember(Alias = "jobs")]
        public Dictionary<string, WorkflowJob> Jobs { get; set; } = [];
    }
}

/// <summary>A job of a workflow.</summary>
internal sealed class WorkflowJob
{
    /// <summary>The job that ends before this one starts.</summary>
    [YamlMember(Alias = "needs")]
    public string Needs { get; set; } = "";

    [YamlMember(Alias = "permissions")]
    public Dictionary<string, string> PermissionsByName { get; set; } = [];

    [YamlMember(Alias = "strategy")]
    public WorkflowStrategy Strategy { get; set; } = new();

    [YamlMember(Alias = "steps")]
    public List<Dictionary<string, object>> Steps { get; set; } = [];

    /// <summary>What the job may do beyond the workflow's own permissions.</summary>
    [YamlIgnore]
    public IEnumerable<string> Permissions => PermissionsByName.Select(permission => $"{permission.Key}: {permission.Value}");

    /// <summary>The values of each run of the job.</summary>
    [YamlIgnore]
    public List<Dictionary<string, string>> Matrix => Strategy.Matrix.Include;

    /// <summary>What the job's steps run, in their order.</summary>
    [YamlIgnore]
    public IEnumerable<string> Commands => Values("run");

    /// <summary>The actions that the job uses, in their order.</summary>
    [YamlIgnore]
    public IEnumerable<string> Actions => Values("uses");

    /// <summary>What the step of a name runs.</summary>
    public string Command(string step) => (string)Steps.Single(entry => Equals(entry.GetValueOrDefault("name"), step))["run"];

    private IEnumerable<string> Values(string key) => Steps.Select(step => step.GetValueOrDefault(key) as string).OfType<string>();
}

/// <summary>How often a job runs, and with what.</summary>
internal sealed class WorkflowStrategy
{
    [YamlMember(Alias = "matrix")]
    public WorkflowMatrix Matrix { get; set; } = new();
}

/// <summary>The runs of a job.</summary>
internal sealed class WorkflowMatrix
{
    [YamlMember(Alias = "include")]
    public List<Dictionary<string, string>> Include { get; set; } = [];
}
