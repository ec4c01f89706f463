using System.Text.RegularExpressions;

namespace FakeNewsOnnx.Tests.Docs;

/// <summary>
/// Every code block says what becomes of it: `run` is run by `./build.sh --target TestReadme` (bash) or built and run by
/// the test of the package (C#). The command lines of those that are not run are still checked, by <see cref="CommandLineTests"/>.
/// </summary>
internal sealed partial class CodeBlockTests
{
    private static readonly string[] Runnable = ["bash", "csharp"];

    [TestCaseSource(typeof(Pages), nameof(Pages.All))]
    public void EveryBlock_SaysWhetherItIsRun(string page) => Assert.That(Mistakes(Pages.Blocks(page)), Is.Empty);

    [Test]
    public void EveryPageWithBlocksToRun_IsNamedInTheBuildScript() => Assert.That(
        Pages.All.Where(page => Pages.Blocks(page).Any(block => block is { Language: "bash", Tag: "run" }) && !Workflow.BuildScript.Contains($"\"{page}\"", StringComparison.Ordinal)),
        Is.Empty);

    [Test]
    public void Readme_NamesTheTestCommand() => Assert.That(Pages.Read("README.md"), Does.Contain("./build.sh --target Test\n"));

    [Test]
    public void Mistakes_NamesTheLineOfEach()
    {
        const string Text = """
            ```bash run
            ./build.sh
            ```
            ```bash
            ./build.sh
            ```
              ```csharp not-run: needs a model
            ```
            ```csharp not-run:
            ```
            ```
            output
            ```
            ```yaml run
            ```

            """;
        Assert.That(Mistakes(Pages.Blocks("README.md", Text)), Is.EqualTo(new[] { "README.md(4): bash", "README.md(9): csharp not-run:", "README.md(11):", "README.md(14): yaml run" }));
    }

    private static IEnumerable<string> Mistakes(IEnumerable<CodeBlock> blocks) => blocks
        .Where(block => block.Tag == "run" ? !Runnable.Contains(block.Language) : block.Language.Length == 0 || !NotRun().IsMatch(block.Tag))
        .Select(block => $"{block.Place}: {block.Language} {block.Tag}".TrimEnd());

    [GeneratedRegex(@"^not-run: \S")]
    private static partial Regex NotRun();
}
