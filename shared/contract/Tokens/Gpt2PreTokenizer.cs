using System.Text;

namespace FakeNewsOnnx;

/// <summary>
/// Cuts text into the words that byte-pair merging never crosses: GPT-2's pattern
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.
/// It walks runes, because .NET's regular expressions look at UTF-16 halves and so miss letters and digits above U+FFFF;
/// <c>\s</c> is Unicode's White_Space, as in Hugging Face's tokenizers (U+0085 is one; U+001C–U+001F, U+180E, U+200B and U+FEFF are not).
/// A lone surrogate is read as U+FFFD, a symbol.
/// </summary>
internal static class Gpt2PreTokenizer
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private enum Kind
    {
        Letter,
        Number,
        Space,
        Other,
    }

    /// <summary>The length in chars, at least 1, of the first word of a text that is not empty.</summary>
    public static int FirstWordLength(ReadOnlySpan<char> text)
    {
        if (text[0] == '\'' && ContractionLength(text) is var contraction and > 0)
        {
            return contraction;
        }

        int lead = text[0] == ' ' && text.Length > 1 ? 1 : 0;
        var kind = KindAt(text[lead..], out _);
        if (kind != Kind.Space)
        {
            return lead + RunLength(text[lead..], kind);
        }

        // \s+(?!\S)|\s+ leaves the last space of a run to the word after it, unless that would leave nothing.
        // Every White_Space character is one char.
        int run = RunLength(text, Kind.Space);
        return run == text.Length || run == 1 ? run : run - 1;
    }

    private static int ContractionLength(ReadOnlySpan<char> text)
    {
        foreach (string contraction in Contractions)
        {
            if (text.StartsWith(contraction, StringComparison.Ordinal))
            {
                return contraction.Length;
            }
        }

        return 0;
    }

    private static int RunLength(ReadOnlySpan<char> text, Kind kind)
    {
        int length = 0;
        while (length < text.Length && KindAt(text[length..], out int chars) == kind)
        {
            length += chars;
        }

        return length;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, out int chars)
    {
        char first = text[0];
        if (char.IsAscii(first))
        {
            chars = 1;
            return char.IsAsciiLetter(first) ? Kind.Letter
                : char.IsAsciiDigit(first) ? Kind.Number
                : char.IsWhiteSpace(first) ? Kind.Space
                : Kind.Other;
        }

        _ = Rune.DecodeFromUtf16(text, out var rune, out chars);
        return Rune.IsLetter(rune) ? Kind.Letter
            : Rune.IsNumber(rune) ? Kind.Number
            : Rune.IsWhiteSpace(rune) ? Kind.Space
            : Kind.Other;
    }
}
