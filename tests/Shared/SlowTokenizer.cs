using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FakeNewsOnnx.Tests.Shared;

/// <summary>GPT-2's tokenizer as its authors wrote it down: slow, and easy to see through. A lone surrogate is read as U+FFFD.</summary>
internal sealed class SlowTokenizer(byte[] vocabularyJson, byte[] merges)
{
    private readonly Dictionary<string, int> _ids = JsonSerializer.Deserialize<Dictionary<string, int>>(vocabularyJson)!;

    private readonly Dictionary<(string, string), int> _ranks = Encoding.UTF8.GetString(merges).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Skip(1).Select((line, rank) => (Pair: line.Split(' '), rank)).ToDictionary(merge => (merge.Pair[0], merge.Pair[1]), merge => merge.rank);

    public int[] Encode(string text) => [.. SlowPreTokenizer.Words(text).SelectMany(Merge).Select(token => _ids[token])];

    /// <summary>While two neighbours can be merged: every occurrence of the pair that was learned first becomes one symbol.</summary>
    private List<string> Merge(string word)
    {
        List<string> symbols = [.. Encoding.UTF8.GetBytes(word).Select(Spell)];
        while (symbols.Zip(symbols.Skip(1)).Where(_ranks.ContainsKey).Select(pair => ((string, string)?)pair).MinBy(pair => _ranks[pair!.Value]) is var (left, right))
        {
            for (int i = 0; i + 1 < symbols.Count; i++)
            {
                if (symbols[i] == left && symbols[i + 1] == right)
                {
                    symbols[i] = left + right;
                    symbols.RemoveAt(i + 1);
                }
            }
        }

        return symbols;
    }

    /// <summary>A printable byte is its Latin-1 character; the others are U+0100, U+0101, … in turn.</summary>
    private static string Spell(byte value) => IsPrintable(value)
        ? ((char)value).ToString()
        : ((char)(0x100 + Enumerable.Range(0, value).Count(other => !IsPrintable(other)))).ToString();

    private static bool IsPrintable(int value) => value is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or >= 0xAE;
}

/// <summary>The pattern's alternatives tried one after the other, on an array of runes.</summary>
internal static class SlowPreTokenizer
{
    public static IEnumerable<string> Words(string text)
    {
        List<Rune> runes = [.. text.EnumerateRunes()];
        int at = 0;
        int start = 0;
        while (at < runes.Count)
        {
            int end = Contraction(runes, at) ?? OptionalSpace(runes, at, IsLetter) ?? OptionalSpace(runes, at, IsNumber)
                ?? OptionalSpace(runes, at, IsOther) ?? SpacesNotBeforeAWord(runes, at) ?? While(runes, at, IsSpace);
            int length = runes.Take(at..end).Sum(rune => rune.Utf16SequenceLength);
            yield return text.Substring(start, length);
            start += length;
            at = end;
        }
    }

    private static int? Contraction(List<Rune> runes, int at) => new[] { "'s", "'t", "'re", "'ve", "'m", "'ll", "'d" }
        .Where(c => at + c.Length <= runes.Count && string.Concat(runes.GetRange(at, c.Length)) == c)
        .Select(c => (int?)(at + c.Length)).FirstOrDefault();

    private static int? OptionalSpace(List<Rune> runes, int at, Predicate<Rune> isKind)
    {
        int from = runes[at].Value == ' ' ? at + 1 : at;
        int end = While(runes, from, isKind);
        return end > from ? end : null;
    }

    private static int? SpacesNotBeforeAWord(List<Rune> runes, int at)
    {
        for (int end = While(runes, at, IsSpace); end > at; end--)
        {
            if (end == runes.Count || IsSpace(runes[end]))
            {
                return end;
            }
        }

        return null;
    }

    private static int While(List<Rune> runes, int at, Predicate<Rune> isKind)
    {
        while (at < runes.Count && isKind(runes[at]))
        {
            at++;
        }

        return at;
    }

    private static bool IsLetter(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter;

    private static bool IsNumber(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    private static bool IsSpace(Rune rune) => rune.Value is (>= 0x09 and <= 0x0D) or 0x20 or 0x85 or 0xA0 or 0x1680
        or (>= 0x2000 and <= 0x200A) or 0x2028 or 0x2029 or 0x202F or 0x205F or 0x3000;

    private static bool IsOther(Rune rune) => !IsLetter(rune) && !IsNumber(rune) && !IsSpace(rune);
}
