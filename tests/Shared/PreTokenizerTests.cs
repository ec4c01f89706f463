using System.Globalization;
using System.Text;
using CsCheck;

namespace FakeNewsOnnx.Tests.Shared;

internal sealed class PreTokenizerTests
{
    private static readonly Gen<string> AnyText = Gen.OneOf(
        Gen.Char.Array[0, 40].Select(chars => new string(chars)),
        Gen.OneOf("'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'", " ", "  ", "\n", "\u00A0", "\u0085", "\u001C", "\u200B", "\u3000", "a", "É", "東", "7", "½", "Ⅷ", "!", "…",
            "𝒜", "𝟙", "🗞", "\uD83D", "\uDC00", "\u0301").Array[0, 40].Select(string.Concat));

    [Test]
    public void Words_AreThoseOfTheSlowObviousReading() =>
        AnyText.Sample(text => string.Join('\u0001', Words(text)) == string.Join('\u0001', SlowPreTokenizer.Words(text)), iter: 100_000);

    [TestCase("I'll say it's", new[] { "I", "'ll", " say", " it", "'s" })]
    [TestCase("''s 's", new[] { "''", "s", " '", "s" })]
    [TestCase("a   b", new[] { "a", "  ", " b" })]
    [TestCase("a\n\nb  ", new[] { "a", "\n", "\n", "b", "  " })]
    [TestCase("12ab!?", new[] { "12", "ab", "!?" })]
    [TestCase("x𝒜𝟙🗞", new[] { "x𝒜", "𝟙", "🗞" })]
    public void Words_FollowTheRulesOfGpt2(string text, string[] words) => Assert.That(Words(text), Is.EqualTo(words));

    [TestCase('\u0009')]
    [TestCase('\u000B')]
    [TestCase('\u000D')]
    [TestCase('\u0085')]
    [TestCase('\u00A0')]
    [TestCase('\u1680')]
    [TestCase('\u2000')]
    [TestCase('\u200A')]
    [TestCase('\u2028')]
    [TestCase('\u2029')]
    [TestCase('\u202F')]
    [TestCase('\u205F')]
    [TestCase('\u3000')]
    public void Space_IsWhatUnicodeCallsWhiteSpace(char space) =>
        Assert.That(Words($"!{space}{space}!"), Is.EqualTo(new[] { "!", $"{space}", $"{space}", "!" }));

    [TestCase('\u001C')]
    [TestCase('\u001F')]
    [TestCase('\u180E')]
    [TestCase('\u200B')]
    [TestCase('\uFEFF')]
    public void Space_IsNotWhatOnlyLooksEmpty(char symbol) =>
        Assert.That(Words($"!{symbol}{symbol}!"), Is.EqualTo(new[] { $"!{symbol}{symbol}!" }));

    private static List<string> Words(string text)
    {
        var words = new List<string>();
        for (var rest = text.AsSpan(); !rest.IsEmpty; rest = rest[words[^1].Length..])
        {
            words.Add(rest[..Gpt2PreTokenizer.FirstWordLength(rest)].ToString());
        }

        return words;
    }

    /// <summary>The pattern's alternatives tried one after the other, on an array of runes.</summary>
    private static class SlowPreTokenizer
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
}
