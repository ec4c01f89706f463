using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace FakeNewsOnnx;

/// <summary>
/// GPT-2's byte-level BPE, with the ids that Hugging Face's <c>GPT2Tokenizer</c> gives. Safe for use by many threads.
/// </summary>
public sealed class Gpt2Tokenizer
{
    /// <summary>The vocabulary's file name in a model directory, and its key in an ONNX file's <c>metadata_props</c>.</summary>
    public const string VocabularyFile = "vocab.json";

    /// <summary>The merges' file name in a model directory, and their key in an ONNX file's <c>metadata_props</c>.</summary>
    public const string MergesFile = "merges.txt";

    /// <summary>GPT-2's only special token: the end of a document, and the pad.</summary>
    public const string EndOfText = "<|endoftext|>";

    private const int LongestCachedWord = 32;
    private const int MostCachedWords = 1 << 16;

    private readonly BytePairMerges _merges;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cacheBySpan;
    private int _cachedWords;

    private Gpt2Tokenizer(Dictionary<string, int> vocabulary, BytePairMerges merges, string sha256)
    {
        _merges = merges;
        _cacheBySpan = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        Sha256 = sha256;
        VocabularySize = vocabulary.Values.Max() + 1;
        EndOfTextId = vocabulary.TryGetValue(EndOfText, out int id) ? id : null;
    }

    /// <summary>SHA-256 of <see cref="VocabularyFile"/>'s bytes followed by <see cref="MergesFile"/>'s, in lower-case hexadecimal.</summary>
    public string Sha256 { get; }

    /// <summary>One more than the highest id: the rows that a model's embedding needs. 50,257 for GPT-2.</summary>
    public int VocabularySize { get; }

    /// <summary>The id of <see cref="EndOfText"/>, 50256 for GPT-2; null if the vocabulary has none.</summary>
    public int? EndOfTextId { get; }

    /// <summary>Builds a tokenizer from the bytes of its two files.</summary>
    /// <exception cref="InvalidDataException">One of the files is not what it should be; the message names file, line or token.</exception>
    public static Gpt2Tokenizer Create(ReadOnlyMemory<byte> vocabularyJson, ReadOnlyMemory<byte> merges)
    {
        var vocabulary = Gpt2TokenizerFiles.ReadVocabulary(vocabularyJson.Span);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(vocabularyJson.Span);
        hash.AppendData(merges.Span);
        return new(vocabulary, Gpt2TokenizerFiles.ReadMerges(merges.Span, vocabulary), Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>The road from an article to what the model reads: <see cref="Article.ToText"/>, tokens, the first <paramref name="maxTokens"/>.</summary>
    /// <param name="article">The article.</param>
    /// <param name="maxTokens">The most ids to return, at least 1.</param>
    public EncodedArticle Encode(Article article, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(article);
        return Encode(article.ToText(), maxTokens);
    }

    /// <summary>Encodes text up to a limit; what lies beyond the limit is not looked at.</summary>
    /// <param name="text">Any text; a lone surrogate reads as U+FFFD.</param>
    /// <param name="maxTokens">The most ids to return, at least 1.</param>
    /// <param name="recognizeSpecialTokens">
    /// Whether <see cref="EndOfText"/> in the text is the special token, as it is for Hugging Face. By default it is
    /// ordinary text, because an article's author must not be able to write control tokens.
    /// </param>
    public EncodedArticle Encode(string text, int maxTokens, bool recognizeSpecialTokens = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxTokens);
        var ids = new List<int>(Math.Min(maxTokens, (text.Length / 4) + 16));
        var rest = text.AsSpan();
        if (recognizeSpecialTokens && EndOfTextId is { } endOfText)
        {
            for (int at; ids.Count <= maxTokens && (at = rest.IndexOf(EndOfText, StringComparison.Ordinal)) >= 0; rest = rest[(at + EndOfText.Length)..])
            {
                AppendOrdinary(rest[..at], maxTokens, ids);
                ids.Add(endOfText);
            }
        }

        AppendOrdinary(rest, maxTokens, ids);
        bool truncated = Cut(ids, maxTokens);
        return new([.. ids], truncated);
    }

    /// <summary>How many chars of a text its first tokens come from. A word that is read in part counts as a whole.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="maxTokens">How many tokens are read, at least 1.</param>
    public int CountReadChars(string text, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxTokens);
        return AppendOrdinary(text, maxTokens - 1, []);
    }

    /// <summary>As <see cref="Encode(string, int, bool)"/> without special tokens, into the caller's memory.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="maxTokens">The most ids to add, at least 1.</param>
    /// <param name="ids">Receives the ids; empty at first.</param>
    /// <returns>Whether the text has more tokens.</returns>
    internal bool Encode(ReadOnlySpan<char> text, int maxTokens, List<int> ids)
    {
        AppendOrdinary(text, maxTokens, ids);
        return Cut(ids, maxTokens);
    }

    private static bool Cut(List<int> ids, int maxTokens)
    {
        bool truncated = ids.Count > maxTokens;
        if (truncated)
        {
            CollectionsMarshal.SetCount(ids, maxTokens);
        }

        return truncated;
    }

    /// <summary>Appends word by word, until there are more than <paramref name="maxTokens"/> ids or no words.</summary>
    /// <returns>How many chars these words have.</returns>
    private int AppendOrdinary(ReadOnlySpan<char> text, int maxTokens, List<int> ids)
    {
        int read = 0;
        while (ids.Count <= maxTokens && read < text.Length)
        {
            int length = Gpt2PreTokenizer.FirstWordLength(text[read..]);
            AppendWord(text.Slice(read, length), ids);
            read += length;
        }

        return read;
    }

    private void AppendWord(ReadOnlySpan<char> word, List<int> ids)
    {
        if (_cacheBySpan.TryGetValue(word, out int[]? cached))
        {
            ids.AddRange(cached.AsSpan());
            return;
        }

        int first = ids.Count;
        byte[] utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(word));
        int bytes = Encoding.UTF8.GetBytes(word, utf8);
        _merges.Encode(utf8.AsSpan(0, bytes), ids);
        ArrayPool<byte>.Shared.Return(utf8);
        if (word.Length <= LongestCachedWord)
        {
            Remember(word.ToString(), [.. ids.Skip(first)]);
        }
    }

    /// <summary>Keeps the ids of a short word; a full cache starts again, so that one odd text does not spoil it for good.</summary>
    private void Remember(string word, int[] ids)
    {
        if (Interlocked.Increment(ref _cachedWords) > MostCachedWords)
        {
            _cache.Clear();
            Interlocked.Exchange(ref _cachedWords, 0);
        }

        _cache.TryAdd(word, ids);
    }
}
