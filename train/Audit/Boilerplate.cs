namespace FakeNewsOnnx.Train.Audit;

/// <summary>Sentences and lines that stand in many articles: "Sign up for our newsletter", a paper's motto.</summary>
internal static class Boilerplate
{
    /// <summary>A sentence within a line says something by chance if it has fewer words.</summary>
    private const int LeastWords = 4;

    /// <summary>In how many articles of so many a sentence must recur.</summary>
    public static int LeastArticles(int articles) => Math.Max(4, (int)Math.Ceiling(0.005 * articles));

    /// <summary>The hash of a sentence's words; 0 for one that is never boiler-plate.</summary>
    /// <param name="content">The content that the sentence is in.</param>
    /// <param name="place">Its place.</param>
    public static ulong KeyOf(string content, Range place)
    {
        var sentence = content.AsSpan(place).Trim();
        int words = 0;
        foreach (var _ in new Words(sentence))
        {
            words++;
        }

        bool isLine = (place.Start.Value == 0 || content[place.Start.Value - 1] == '\n') && (place.End.Value == content.Length || content.AsSpan(place).TrimEnd(' ').EndsWith('\n'));
        return words >= (isLine ? 1 : LeastWords) ? Words.HashAll(sentence) : 0;
    }

    /// <summary>The keys of the sentences of an article, each once.</summary>
    public static IEnumerable<(ulong Key, Range Place)> SentencesOf(Article article) => Sentences.Split(article.Content!)
        .Select(place => (Key: KeyOf(article.Content!, place), Place: place))
        .Where(sentence => sentence.Key != 0)
        .DistinctBy(sentence => sentence.Key);

    /// <summary>The keys of the sentences that recur. Copies of whole articles must not be among these.</summary>
    public static HashSet<ulong> Find(IReadOnlyList<AuditedArticle> articles)
    {
        var counts = new Dictionary<ulong, int>();
        foreach (var (key, _) in articles.SelectMany(row => SentencesOf(row.Article)))
        {
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        int least = LeastArticles(articles.Count);
        return [.. counts.Where(entry => entry.Value >= least).Select(entry => entry.Key)];
    }
}
