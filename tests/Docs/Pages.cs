using System.Text.RegularExpressions;

namespace FakeNewsOnnx.Tests.Docs;

/// <summary>The pages that people read, and the code blocks in them.</summary>
internal static partial class Pages
{
    /// <summary>Their paths below the repository's root.</summary>
    public static IReadOnlyList<string> All { get; } =
        ["README.md", "CONTRIBUTING.md", "infer/library/README.md", .. Directory.GetFiles(Repository.PathOf("docs"), "*.md").Select(path => $"docs/{Path.GetFileName(path)}").Order(StringComparer.Ordinal)];

    /// <summary>A page's text.</summary>
    public static string Read(string page) => File.ReadAllText(Repository.PathOf(page));

    /// <summary>The code blocks of a page, in their order.</summary>
    public static IEnumerable<CodeBlock> Blocks(string page) => Blocks(page, Read(page));

    /// <inheritdoc cref="Blocks(string)"/>
    public static IEnumerable<CodeBlock> Blocks(string page, string text) => Block().Matches(text).Select(match =>
        new CodeBlock(page, text.AsSpan(0, match.Index).Count('\n') + 1, match.Groups["language"].Value, match.Groups["tag"].Value.Trim(), match.Groups["text"].Value));

    /// <summary>A page's text without its code blocks.</summary>
    public static string WithoutBlocks(string text) => Block().Replace(text, "");

    [GeneratedRegex("^[ ]*```(?<language>[^\\s`]*)(?<tag>[^\n`]*)\n(?<text>.*?)^[ ]*```[ ]*$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Block();
}

/// <summary>A code block of a page.</summary>
/// <param name="Page">The page's path.</param>
/// <param name="Line">The line of its opening fence, from 1.</param>
/// <param name="Language">What it is written in.</param>
/// <param name="Tag">What follows the language: <c>run</c>, or <c>not-run:</c> and why.</param>
/// <param name="Text">The lines between the fences.</param>
internal sealed record CodeBlock(string Page, int Line, string Language, string Tag, string Text)
{
    /// <summary>Where the block is, for messages.</summary>
    public string Place => $"{Page}({Line})";
}
