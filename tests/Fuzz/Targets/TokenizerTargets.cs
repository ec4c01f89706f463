using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace FakeNewsOnnx.Fuzz;

/// <summary>The two files of a tokenizer, a zero byte between them.</summary>
internal sealed class VocabularyTarget : FuzzTarget
{
    private static readonly string AllBytes = Encoding.Latin1.GetString([.. Enumerable.Range(0, 256).Select(value => (byte)value)]) + "the them";

    public override string Name => "vocabulary";

    /// <summary>Its messages have the words of files that a model is made from, which are not bounded yet.</summary>
    public override bool EchoesFit => false;

    public override int BytesPerByte => 24;

    public override IEnumerable<byte[]> Seeds =>
    [
        [.. SmallVocabulary.Json, 0, .. SmallVocabulary.Merges],
        [.. "{\"a\":0,\"b\":1}"u8, 0, .. "#version: 0.2\na b\n"u8],
        [.. ":::: {} [] null 1"u8, 0, .. "a  b\r\n\n\u2028"u8],
    ];

    public override IEnumerable<string> Words => ["\":", ",\"", "2147483647", "-1", "1e3", "\\u0120", "\\ud800", "#version: 0.2\n", "\u0120", "\u0085", "<|endoftext|>"];

    protected override object Parse(byte[] input)
    {
        int split = Math.Max(input.AsSpan().IndexOf((byte)0), 0);
        return Gpt2Tokenizer.Create(input.AsMemory(0, split), input.AsMemory(Math.Min(split + 1, input.Length)));
    }

    protected override void Verify(byte[] input, object parsed)
    {
        var tokenizer = (Gpt2Tokenizer)parsed;
        BrokenPromiseException.Unless(
            tokenizer.Encode(AllBytes, int.MaxValue).InputIds.All(id => id >= 0 && id < tokenizer.VocabularySize), "a text has an id that is not in the vocabulary");
    }
}

/// <summary>A text: its tokens spell its bytes, and a limit only cuts them.</summary>
internal sealed class TokenizerTarget : FuzzTarget
{
    private static readonly Gpt2Tokenizer Tokenizer = Gpt2Tokenizer.Create(SmallVocabulary.Json, SmallVocabulary.Merges);

    public override string Name => "tokenizer";

    /// <summary>Words are remembered, up to a number that is reached here soon.</summary>
    public override int FixedBytes => 1 << 23;

    public override int BytesPerByte => 160;

    public override int MostBytes => 1 << 10;

    public override IEnumerable<byte[]> Seeds =>
    [
        [7, .. "  The theme's 42 they'll\u0085\u00a0\r\n\n \t don't..."u8],
        [40, .. "Größe, Пример 東京 𝒜𝟙 👨‍👩‍👧 ½ <|endoftext|> aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"u8],
        [.. "!"u8, .. MemoryMarshal.AsBytes("\ud800 the \udc00\ud83d\ude00 'S".AsSpan())],
    ];

    public override IEnumerable<string> Words => ["'ll", " the", "\u0085", "\u200b", "𝟙", "\ufeff", "\u3000", "aaaaaaaa", "<|endoftext|>"];

    /// <summary>The first byte says how the others are text, and how many tokens are read.</summary>
    protected override object Parse(byte[] input)
    {
        if (input.Length == 0)
        {
            throw new InvalidDataException();
        }

        string text = input[0] % 2 == 0 ? Encoding.UTF8.GetString(input.AsSpan(1)) : new string(MemoryMarshal.Cast<byte, char>(input.AsSpan(1)));
        int limit = 1 + (input[0] / 2);
        return new Encoded(text, limit, Tokenizer.Encode(text, int.MaxValue), Tokenizer.Encode(text, limit), Tokenizer.CountReadChars(text, limit));
    }

    protected override void Verify(byte[] input, object parsed)
    {
        var (text, limit, all, cut, read) = (Encoded)parsed;
        byte[] spelled = [.. all.InputIds.SelectMany(SmallVocabulary.BytesOf)];
        BrokenPromiseException.Unless(spelled.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(text)), "the tokens spell another text");
        BrokenPromiseException.Unless(cut.InputIds.SequenceEqual(all.InputIds.Take(limit)), "a limit changes the tokens before it");
        BrokenPromiseException.Unless(cut.Truncated == all.InputIds.Length > limit && !all.Truncated, "it says wrongly whether there are more tokens");
        BrokenPromiseException.Unless(read >= 0 && read <= text.Length && (cut.Truncated || read == text.Length), "it says wrongly how much of the text was read");
    }

    private sealed record Encoded(string Text, int Limit, EncodedArticle All, EncodedArticle Cut, int ReadChars);
}

/// <summary>A vocabulary of the 256 bytes, <c>&lt;|endoftext|&gt;</c> and a few merges.</summary>
internal static class SmallVocabulary
{
    private static readonly string[] Pairs = ["t h", "th e", "\u0120 the", "\u0120 t", "a a", "aa aa", "m e", "\u0120the me", "\u0120 \u0120", "\u00c3 \u00b6", "h e", "' s"];

    private static readonly List<string> Tokens = [.. Enumerable.Range(0, 256).Select(Spell), Gpt2Tokenizer.EndOfText, .. Pairs.Select(pair => pair.Replace(" ", "", StringComparison.Ordinal))];

    private static readonly byte[][] Spelled = [.. Tokens.Select(token => token == Gpt2Tokenizer.EndOfText ? [] : token.Select(letter => (byte)Tokens.IndexOf(letter.ToString())).ToArray())];

    public static byte[] Json { get; } = JsonSerializer.SerializeToUtf8Bytes(Tokens.Index().ToDictionary(token => token.Item, token => token.Index));

    public static byte[] Merges { get; } = Encoding.UTF8.GetBytes("#version: 0.2\n" + string.Concat(Pairs.Select(pair => pair + "\n")));

    public static byte[] BytesOf(int id) => Spelled[id];

    private static string Spell(int value)
    {
        return (IsPrintable(value) ? (char)value : (char)(0x100 + Enumerable.Range(0, value).Count(other => !IsPrintable(other)))).ToString();

        static bool IsPrintable(int value) => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
    }
}
