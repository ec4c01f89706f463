using System.Text;
using System.Text.Json;

namespace FakeNewsOnnx;

/// <summary>Reads GPT-2's two tokenizer files. They may be anyone's: what is allocated is in proportion to their bytes.</summary>
internal static class Gpt2TokenizerFiles
{
    /// <summary>As many entries as a model's configuration may have.</summary>
    private const int MaxEntries = 10_000_000;

    /// <summary>The shortest entry of a vocabulary is <c>"a":0,</c>, and the shortest merge <c>a b</c> with its line end.</summary>
    private const int MinEntryBytes = 6, MinMergeBytes = 4;

    private const int ShownChars = 100;

    /// <summary>Reads <c>vocab.json</c>: an object of token → id.</summary>
    /// <exception cref="InvalidDataException">Not such an object, or a token or an id that comes twice.</exception>
    public static Dictionary<string, int> ReadVocabulary(ReadOnlySpan<byte> json)
    {
        const string file = Gpt2Tokenizer.VocabularyFile;
        int expectedTokens = Math.Min(json.Count((byte)':'), json.Length / MinEntryBytes);
        var vocabulary = new Dictionary<string, int>(expectedTokens, StringComparer.Ordinal);
        var tokenOfId = new Dictionary<int, string>(expectedTokens);
        try
        {
            var reader = new Utf8JsonReader(json);
            _ = reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw new InvalidDataException($"{file}: expected an object of token ids; found {reader.TokenType}.");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string token = reader.GetString()!;
                _ = reader.Read();
                if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int id) || id is < 0 or >= MaxEntries)
                {
                    throw new InvalidDataException($"{file}: the id of token '{Shown(token)}' must be a whole number from 0 to {MaxEntries - 1}; found {Shown(Encoding.UTF8.GetString(reader.ValueSpan))}.");
                }

                if (!vocabulary.TryAdd(token, id))
                {
                    throw new InvalidDataException($"{file}: token '{Shown(token)}' is listed twice.");
                }

                if (!tokenOfId.TryAdd(id, token))
                {
                    throw new InvalidDataException($"{file}: tokens '{Shown(tokenOfId[id])}' and '{Shown(token)}' have the same id {id}.");
                }
            }

            _ = reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{file}: not a vocabulary: {e.Message}", e);
        }

        return vocabulary;
    }

    /// <summary>Reads <c>merges.txt</c>: after a version line, one pair of tokens a line, in the order they were learned.</summary>
    /// <exception cref="InvalidDataException">A line that is not a pair of tokens, or one that names a token that is not in the vocabulary.</exception>
    public static BytePairMerges ReadMerges(ReadOnlySpan<byte> text, Dictionary<string, int> vocabulary)
    {
        const string file = Gpt2Tokenizer.MergesFile;
        var merges = new Dictionary<(int Left, int Right), (int Rank, int Merged)>(Math.Min(text.Count((byte)'\n'), text.Length / MinMergeBytes));
        var ids = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        int number = 0;
        foreach (var line in Encoding.UTF8.GetString(text).AsSpan().EnumerateLines())
        {
            number++;
            if (line.IsEmpty || (number == 1 && line.StartsWith("#version", StringComparison.Ordinal)))
            {
                continue;
            }

            int space = line.IndexOf(' ');
            if (space <= 0 || space == line.Length - 1 || line.LastIndexOf(' ') != space)
            {
                throw new InvalidDataException($"{file}({number}): expected two tokens with a space between; found '{Shown(line)}'.");
            }

            var left = line[..space];
            var right = line[(space + 1)..];
            if (!merges.TryAdd((IdOf(left), IdOf(right)), (merges.Count, IdOf(string.Concat(left, right)))))
            {
                throw new InvalidDataException($"{file}({number}): the pair '{Shown(line)}' is listed twice.");
            }
        }

        return new(ByteTokens(vocabulary), merges);

        int IdOf(ReadOnlySpan<char> token) => ids.TryGetValue(token, out int id)
            ? id
            : throw new InvalidDataException($"{file}({number}): token '{Shown(token)}' is not in {Gpt2Tokenizer.VocabularyFile}.");
    }

    private static string Shown(ReadOnlySpan<char> text) => text.Length <= ShownChars ? text.ToString() : $"{text[..ShownChars]}…";

    /// <summary>
    /// The ids of the 256 single bytes. The vocabulary spells a byte as its Latin-1 character where that is printable,
    /// the others as U+0100, U+0101, … in turn.
    /// </summary>
    private static int[] ByteTokens(Dictionary<string, int> vocabulary)
    {
        var ids = new int[256];
        int unprintable = 0;
        for (int value = 0; value < ids.Length; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            char spelling = (char)(printable ? value : 0x100 + unprintable++);
            if (!vocabulary.TryGetValue(spelling.ToString(), out ids[value]))
            {
                throw new InvalidDataException($"{Gpt2Tokenizer.VocabularyFile}: expected a token for every byte; there is none for 0x{value:X2} ('{spelling}').");
            }
        }

        return ids;
    }
}
