using System.Runtime.InteropServices;

namespace FakeNewsOnnx.Train.Audit;

/// <summary>A run of one to three words that is common with at least one label.</summary>
/// <param name="Text">The words, as they were first seen.</param>
/// <param name="Words">How many.</param>
/// <param name="Presence">In how many articles of each label it occurs.</param>
/// <param name="Occurrences">How often it occurs with each label.</param>
internal sealed record Phrase(string Text, int Words, Presence Presence, int[] Occurrences);

/// <summary>
/// Counts words and phrases in a corpus. A phrase can be common only if both phrases that it is longer than by one word are
/// (Agrawal and Srikant's Apriori), so that few are ever counted.
/// </summary>
internal sealed class PhraseCounter
{
    /// <summary>The longest phrase.</summary>
    public const int MaxWords = 3;

    /// <summary>The part of a label's articles in which a common phrase occurs.</summary>
    private const double LeastShare = 0.05;

    private const int LeastArticles = 4;

    /// <summary>Three word numbers fit a key; what comes after the first two million words is read as one word, 0.</summary>
    private const int BitsPerWord = 21;

    private readonly List<string> _words = [""];
    private readonly int[][] _articles;
    private readonly int[] _labels;
    private readonly int[] _articlesByLabel;

    public PhraseCounter(AuditData data)
    {
        var ids = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        var idsBySpan = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        var article = new List<int>();
        _articlesByLabel = data.SampledByLabel;
        _labels = [.. data.Sample.Select(row => row.Label)];
        _articles = [.. data.Sample.Select(row =>
        {
            article.Clear();
            foreach (var word in new Words(row.Article.ToText()))
            {
                if (!idsBySpan.TryGetValue(word, out int id) && _words.Count < 1 << BitsPerWord)
                {
                    id = _words.Count;
                    _words.Add(word.ToString());
                    ids.Add(_words[id], id);
                }

                article.Add(id);
            }

            return article.ToArray();
        })];
    }

    /// <summary>Words of all articles, with each label.</summary>
    public int[] WordsByLabel()
    {
        int[] words = new int[_articlesByLabel.Length];
        foreach (var (article, label) in _articles.Zip(_labels))
        {
            words[label] += article.Length;
        }

        return words;
    }

    /// <summary>All common phrases, the shorter ones first.</summary>
    public IEnumerable<Phrase> FindCommon(CancellationToken cancellation)
    {
        HashSet<ulong> shorter = [];
        for (int length = 1; length <= MaxWords; length++)
        {
            cancellation.ThrowIfCancellationRequested();
            Dictionary<ulong, Count> common = CountPhrases(length, shorter);
            foreach (var (key, count) in common)
            {
                yield return new(TextOf(key, length), length, count.Presence, count.Occurrences);
            }

            shorter = [.. common.Keys];
        }
    }

    private Dictionary<ulong, Count> CountPhrases(int length, HashSet<ulong> shorter)
    {
        var counts = new Dictionary<ulong, Count>();
        for (int i = 0; i < _articles.Length; i++)
        {
            int[] words = _articles[i];
            for (int end = length; end <= words.Length; end++)
            {
                ulong key = KeyOf(words.AsSpan(end - length, length));
                if (length > 1 && !(shorter.Contains(key >> BitsPerWord) && shorter.Contains(KeyOf(words.AsSpan(end - length + 1, length - 1)))))
                {
                    continue;
                }

                ref Count? count = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, key, out _);
                count ??= new(_articlesByLabel);
                count.Add(i, _labels[i]);
            }
        }

        return counts.Where(entry => entry.Value.Presence.Total >= LeastArticles && _articlesByLabel.Index().Any(label => entry.Value.Presence.ShareOf(label.Index) >= LeastShare))
            .ToDictionary();
    }

    private static ulong KeyOf(ReadOnlySpan<int> words)
    {
        ulong key = 0;
        foreach (int word in words)
        {
            key = (key << BitsPerWord) | (uint)word;
        }

        return key;
    }

    private string TextOf(ulong key, int length) =>
        string.Join(' ', Enumerable.Range(0, length).Reverse().Select(i => _words[(int)(key >> (i * BitsPerWord)) & ((1 << BitsPerWord) - 1)]));

    private sealed class Count(int[] articlesByLabel)
    {
        private int _lastArticle = -1;

        public Presence Presence { get; } = new(articlesByLabel);

        public int[] Occurrences { get; } = new int[articlesByLabel.Length];

        public void Add(int article, int label)
        {
            Occurrences[label]++;
            if (article != _lastArticle)
            {
                Presence.Add(label);
                _lastArticle = article;
            }
        }
    }
}
