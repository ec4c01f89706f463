using System.Text;

namespace FakeNewsOnnx.Train.Report;

/// <summary>Names that come from users or articles, made safe for a model card.</summary>
internal static class CardText
{
    private const string MarkdownSpecials = "\\`*_{}[]<>#|!~&$";

    /// <summary>A single-quoted YAML scalar: it knows no escapes but the doubled quote, and here it is one line.</summary>
    public static string Yaml(string text) => $"'{OneLine(text).Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>Text that Markdown shows as it is, on one line and in a table's cell.</summary>
    public static string Markdown(string text) =>
        OneLine(text).Aggregate(new StringBuilder(), (result, letter) => (MarkdownSpecials.Contains(letter, StringComparison.Ordinal) ? result.Append('\\') : result).Append(letter)).ToString();

    /// <summary>A name as the hub's identifiers are: letters, digits, dots, dashes and underscores.</summary>
    public static string Identifier(string text) => string.Concat(text.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' ? letter : '-'));

    /// <summary>Without what YAML can't hold (control characters, halves of surrogate pairs, U+FFFE and U+FFFF) and what breaks a line.</summary>
    private static string OneLine(string text) => string.Concat(text.EnumerateRunes().Select(rune =>
        Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029 or 0xFEFF or 0xFFFE or 0xFFFF ? " " : rune.ToString()));
}
