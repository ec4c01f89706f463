using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using FakeNewsOnnx.Train.Commands;

namespace FakeNewsOnnx.Tests.Build;

/// <summary>The folders of <c>train</c> depend on one another in one direction, as docs/architecture.md draws them, and no file has two ideas in it.</summary>
internal sealed class ArchitectureTests
{
    private const string Root = "FakeNewsOnnx.Train.";
    private const int MostLines = 250;

    /// <summary>Each folder may use those after it, so there is no cycle.</summary>
    private static readonly string[] Storeys = ["Commands", "FineTuning", "Report", "Audit", "Training", "Evaluation", "Data", "Model", "Recipes", "Distributed", "Native"];

    private static readonly Architecture Train = new ArchLoader().LoadAssembly(typeof(TrainProgram).Assembly).Build();

    [Test]
    public void TheFoldersOfTrain_UseOnlyThoseBelow()
    {
        var upward = Train.Types.SelectMany(type => type.Dependencies, (type, dependency) => (From: FolderOf(type), To: FolderOf(dependency.Target), Type: type.FullName, Target: dependency.Target.FullName))
            .Where(entry => entry.From is not null && entry.To is not null && Array.IndexOf(Storeys, entry.To) < Array.IndexOf(Storeys, entry.From))
            .Select(entry => $"{entry.Type} uses {entry.Target}").Distinct();
        Assert.That(upward, Is.Empty);
    }

    [Test]
    public void TheFoldersOfTrain_AreThoseThatAreDrawn_AndEqualTheNamespaces()
    {
        string[] folders = [.. SourcesOf("train").Select(file => Path.GetRelativePath(Repository.PathOf("train"), file).Split(Path.DirectorySeparatorChar)[0]).Where(part => part != "Program.cs").Distinct()];
        Assert.That(folders, Is.EquivalentTo(Storeys));
        Assert.That(SourcesOf("train").Where(file => Path.GetDirectoryName(Path.GetRelativePath(Repository.PathOf("train"), file)) is { Length: > 0 } folder
            && !File.ReadAllText(file).Contains($"namespace {Root}{folder.Replace(Path.DirectorySeparatorChar, '.')};", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void NoFileOfTheProduct_IsLongerThanAReaderFollows() => Assert.That(
        ((string[])["train", "export", "infer", "shared", "samples"]).SelectMany(SourcesOf).Select(file => (file, File.ReadAllLines(file).Length)).Where(entry => entry.Length > MostLines),
        Is.Empty);

    /// <summary>Two files that are to be read at one sitting.</summary>
    [TestCase("train/Model/Gpt2.cs", 200)]
    [TestCase("train/FineTuning/FineTuning.cs", 250)]
    public void AFileThatTellsAStory_IsShort_AndWhole(string file, int lines)
    {
        string[] text = File.ReadAllLines(Repository.PathOf(file));
        Assert.That(text, Has.Length.LessThanOrEqualTo(lines));
        Assert.That(text, Has.None.Contains(" partial "));
    }

    private static string? FolderOf(IType type) => type.FullName.StartsWith(Root, StringComparison.Ordinal) && type.FullName[Root.Length..].Split('.') is [var folder, _, ..] ? folder : null;

    private static IEnumerable<string> SourcesOf(string folder) => Directory.EnumerateFiles(Repository.PathOf(folder), "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));
}
