using System.Text.RegularExpressions;
using Microsoft.ML.Data;

namespace FakeNewsOnnx.Train.Evaluation;

/// <summary>
/// Texts as TF-IDF weights of their words and pairs of words: what scikit-learn's <c>TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True,
/// min_df=2)</c> gives. A word has two letters or digits at least, and case does not count.
/// </summary>
internal sealed partial class TfidfVectorizer
{
    /// <summary>Terms that are kept at most: those in the most articles.</summary>
    public const int MostTerms = 200_000;

    /// <summary>Terms that are counted at once at most; then those seen in one article only are forgotten.</summary>
    private const int MostCounted = 2_000_000;

    /// <summary>Stand in a term for a word that was not learnt, and for the absent first word of a single one.</summary>
    private const uint Unknown = uint.MaxValue, None = uint.MaxValue - 1;

    private readonly Dictionary<string, uint> _words = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, int> _places = [];
    private float[] _inverseFrequencies = [];

    private TfidfVectorizer()
    {
    }

    /// <summary>Terms that there are.</summary>
    public int Terms => _inverseFrequencies.Length;

    /// <summary>Learns the terms of some texts, and gives the texts' vectors.</summary>
    public static (TfidfVectorizer Vectorizer, VBuffer<float>[] Vectors) Fit(IEnumerable<string> texts)
    {
        var vectorizer = new TfidfVectorizer();
        uint[][] articles = [.. texts.Select(text => vectorizer.WordsOf(text, learns: true))];
        var articlesWith = new Dictionary<ulong, int>();
        foreach (uint[] words in articles)
        {
            foreach (ulong term in TermsOf(words).Distinct())
            {
                articlesWith[term] = articlesWith.GetValueOrDefault(term) + 1;
            }

            if (articlesWith.Count > MostCounted)
            {
                articlesWith = new(articlesWith.Where(entry => entry.Value > 1));
            }
        }

        KeyValuePair<ulong, int>[] kept = [.. articlesWith.Where(entry => entry.Value > 1).OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key).Take(MostTerms)];
        foreach (var (place, entry) in kept.Index())
        {
            vectorizer._places[entry.Key] = place;
        }

        vectorizer._inverseFrequencies = [.. kept.Select(entry => (float)(Math.Log((1.0 + articles.Length) / (1 + entry.Value)) + 1))];
        return (vectorizer, [.. articles.Select(vectorizer.VectorOf)]);
    }

    /// <summary>The vector of a text: (1 + ln count) · (ln((1 + articles) / (1 + articles with the term)) + 1), brought to length 1.</summary>
    public VBuffer<float> Transform(string text) => VectorOf(WordsOf(text, learns: false));

    [GeneratedRegex(@"\b\w\w+\b")]
    private static partial Regex Word();

    private uint[] WordsOf(string text, bool learns)
    {
        var words = new List<uint>();
        string lower = text.ToLowerInvariant();
        var known = _words.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (ValueMatch match in Word().EnumerateMatches(lower))
        {
            ReadOnlySpan<char> word = lower.AsSpan(match.Index, match.Length);
            if (!known.TryGetValue(word, out uint id))
            {
                id = learns ? (uint)_words.Count : Unknown;
                if (learns)
                {
                    known[word] = id;
                }
            }

            words.Add(id);
        }

        return [.. words];
    }

    /// <summary>A number for each word, and for each pair of neighbours.</summary>
    private static IEnumerable<ulong> TermsOf(uint[] words)
    {
        for (int i = 0; i < words.Length; i++)
        {
            yield return ((ulong)None << 32) | words[i];
            if (i > 0)
            {
                yield return ((ulong)words[i - 1] << 32) | words[i];
            }
        }
    }

    private VBuffer<float> VectorOf(uint[] words)
    {
        var counts = new SortedDictionary<int, int>();
        foreach (ulong term in TermsOf(words))
        {
            if (_places.TryGetValue(term, out int place))
            {
                counts[place] = counts.GetValueOrDefault(place) + 1;
            }
        }

        float[] values = [.. counts.Select(entry => (1 + MathF.Log(entry.Value)) * _inverseFrequencies[entry.Key])];
        float length = MathF.Sqrt(values.Sum(value => value * value));
        return new(Terms, values.Length, [.. values.Select(value => value / length)], [.. counts.Keys]);
    }
}
