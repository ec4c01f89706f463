using CsCheck;

namespace FakeNewsOnnx.Tests.Shared;

internal sealed class PreTokenizerTests
{
    /// <summary>Any chars, lone surrogates among them, and what GPT-2's pattern tells apart.</summary>
    internal static readonly Gen<string> AnyText = Gen.OneOf(
        Gen.Char.Array[0, 40].Select(chars => new string(chars)),
        Gen.OneOf("'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'", " ", "  ", "\n", "\u00A0", "\u0085", "\u001C", "\u200B", "\u3000", "a", "É", "東", "7", "½", "Ⅷ", "!", "…",
            "𝒜", "𝟙", "🗞", "\uD83D", "\uDC00", "\u0301").Array[0, 40].Select(string.Concat));

    [Test]
    public void Words_AreThoseOfTheSlowObviousReading() =>
        AnyText.Check(text => Assert.That(string.Join('\u0001', Words(text)), Is.EqualTo(string.Join('\u0001', SlowPreTokenizer.Words(text)))), 100_000);

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
}
