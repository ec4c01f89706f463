using System.Text.RegularExpressions;

namespace FakeNewsOnnx.Tests;

/// <summary>Every code block of README says whether `./build.sh --target TestReadme` runs it.</summary>
[TestFixture]
public sealed class ReadmeTests
{
    private static readonly Regex Tagged = new(@"^\w+ (run|run-with-local-hub|not-run: \S.*)$");

    [Test]
    public void Readme_TagsEveryBlock() => Assert.That(UntaggedBlocks(File.ReadAllLines(Repository.PathOf("README.md"))), Is.Empty);

    [Test]
    public void Readme_NamesTheTestCommand() =>
        Assert.That(File.ReadAllText(Repository.PathOf("README.md")), Does.Contain("./build.sh --target Test\n"));

    [Test]
    public void UntaggedBlocks_NamesTheLineOfEach()
    {
        string[] text =
        [
            "```bash run", "./build.sh", "```",
            "```bash", "./build.sh", "```",
            "  ```csharp not-run: needs a model", "```",
            "```csharp not-run:", "```",
            "```", "output", "```",
        ];
        Assert.That(UntaggedBlocks(text), Is.EqualTo(new[] { "README.md(4): ```bash", "README.md(9): ```csharp not-run:", "README.md(11): ```" }));
    }

    private static IEnumerable<string> UntaggedBlocks(string[] lines)
    {
        bool inside = false;
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].TrimStart();
            if (!line.StartsWith("```", StringComparison.Ordinal))
                continue;

            inside = !inside;
            if (inside && !Tagged.IsMatch(line[3..]))
                yield return $"README.md({i + 1}): {line}";
        }
    }
}
