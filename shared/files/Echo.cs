using System.Globalization;
using System.Text;

namespace FakeNewsOnnx.Files;

/// <summary>Text of a file or a caller, made fit for a message: on one line, short, and unable to steer a terminal.</summary>
public static class Echo
{
    /// <summary>The most characters of one text.</summary>
    public const int MaxLength = 60;

    /// <summary>The most characters of a list.</summary>
    public const int MaxListLength = 120;

    private const char Unprintable = '\uFFFD';

    /// <summary>The text in quotes: <c>'headline'</c>. Characters that do not print become U+FFFD; a long text ends with an ellipsis.</summary>
    public static string Quote(string? text) => $"'{Clean(text ?? "")}'";

    /// <summary>The texts in quotes, separated by commas: all of them, or the first ones and the number of all.</summary>
    public static string List(IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var list = new StringBuilder();
        int count = 0;
        bool isWhole = true;
        foreach (string text in texts)
        {
            count++;
            string quoted = isWhole ? Quote(text) : "";
            isWhole = isWhole && (count == 1 || list.Length + quoted.Length <= MaxListLength);
            list.Append(isWhole && count > 1 ? ", " : "").Append(isWhole ? quoted : "");
        }

        return isWhole ? list.ToString() : list.Append(CultureInfo.InvariantCulture, $", … ({count} in all)").ToString();
    }

    /// <summary>The text on one line and of at most <paramref name="maxLength"/> characters, without quotes.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="maxLength">The most characters, the ellipsis included.</param>
    public static string Clean(string text, int maxLength = MaxLength)
    {
        ArgumentNullException.ThrowIfNull(text);
        var clean = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (text.Length > maxLength && clean.Length + rune.Utf16SequenceLength >= maxLength)
            {
                return clean.Append('…').ToString();
            }

            _ = IsPrintable(rune) ? clean.Append(rune) : clean.Append(Unprintable);
        }

        return clean.ToString();
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned);
}
