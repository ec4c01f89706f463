using System.Text.RegularExpressions;

namespace FakeNewsOnnx.Tests.Docs;

/// <summary>What a page points to is there.</summary>
internal sealed partial class LinkTests
{
    [TestCaseSource(typeof(Pages), nameof(Pages.All))]
    public void EveryLinkAndNamedFile_IsThere(string page) => Assert.That(Missing(page, Pages.Read(page)), Is.Empty);

    [Test]
    public void Missing_NamesLinksHeadingsAndFiles() => Assert.That(
        Missing("docs/cluster.md", "[a](../train/Model/Gpt2.cs) [b](nothing.md) [c](cluster.md#what-is-tested) [d](cluster.md#nowhere) `train/Model/Gpt2.cs` `train/Gpt3.cs` `shared/contract/` `shared/nothing/` [e](https://example.org)"),
        Is.EqualTo(new[] { "nothing.md", "cluster.md#nowhere", "train/Gpt3.cs", "shared/nothing/" }));

    private static IEnumerable<string> Missing(string page, string text)
    {
        string prose = Pages.WithoutBlocks(text);
        string folder = Path.GetDirectoryName(Repository.PathOf(page))!;
        var links = Link().Matches(prose).Select(match => match.Groups[1].Value).Where(link => !link.Contains("://", StringComparison.Ordinal) && !HasTarget(folder, link, text));
        var files = SourceFile().Matches(prose).Select(match => match.Groups[1].Value).Where(file => !Path.Exists(Repository.PathOf(file)));
        return links.Concat(files);
    }

    private static bool HasTarget(string folder, string link, string own)
    {
        string[] parts = link.Split('#');
        string path = Path.Combine(folder, parts[0]);
        return Path.Exists(path) && (parts.Length == 1 || Anchors(parts[0].Length == 0 ? own : File.ReadAllText(path)).Contains(parts[1]));
    }

    /// <summary>The headings as GitHub names them.</summary>
    private static IEnumerable<string> Anchors(string page) => Heading().Matches(Pages.WithoutBlocks(page))
        .Select(match => NoAnchor().Replace(match.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    /// <summary>A file or folder of the repository that is named in code letters.</summary>
    [GeneratedRegex(@"`((?:shared|train|export|infer|tests|build|docs|recipes|samples|models)/[\w./-]*(?:/|\.(?:cs|csproj|props|targets|json|md|css|csv|txt|sh|sbatch|yaml)))`")]
    private static partial Regex SourceFile();

    [GeneratedRegex("^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoAnchor();
}
