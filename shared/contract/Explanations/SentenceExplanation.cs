namespace FakeNewsOnnx;

/// <summary>One sentence of an explained article.</summary>
/// <param name="Text">The sentence, with the white space after it.</param>
/// <param name="IsTitle">Whether it is the article's title.</param>
/// <param name="Change">
/// What the sentence adds to the probability of the article's label: that of the article less that of the article without
/// this sentence. Negative where the sentence speaks for another label; null where the model has read nothing of it.
/// </param>
public sealed record ExplainedSentence(string Text, bool IsTitle, float? Change);

/// <summary>Says which sentences carry a verdict, by leaving each out and asking the model again.</summary>
public static class SentenceExplanation
{
    /// <summary>Explains the most probable label of an article.</summary>
    /// <param name="article">The article.</param>
    /// <param name="probabilities">What the model says of it, one value for each label.</param>
    /// <param name="readLength">
    /// How many chars of <see cref="Article.ToText"/> the model has read (<see cref="Gpt2Tokenizer.CountReadChars"/>). What comes
    /// after them is left out of every question, so that it does not move in where a sentence goes.
    /// </param>
    /// <param name="classify">The probabilities of each of some articles, in their order. They come one by one and may have no title or no content.</param>
    /// <returns>The title, if there is one, then the sentences of the content: their texts together are the content.</returns>
    public static IReadOnlyList<ExplainedSentence> Explain(
        Article article,
        IReadOnlyList<float> probabilities,
        int readLength,
        Func<IEnumerable<Article>, IEnumerable<IReadOnlyList<float>>> classify)
    {
        ArgumentNullException.ThrowIfNull(article);
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(classify);
        ArgumentOutOfRangeException.ThrowIfNegative(readLength);
        string title = article.Title ?? "", content = article.Content ?? "";
        int contentStart = article.TextLength - content.Length;
        string readTitle = title[..Math.Min(title.Length, readLength)];
        string readContent = content[..Math.Clamp(readLength - contentStart, 0, content.Length)];
        IReadOnlyList<Range> places = Sentences.Split(content);
        Range[] read = [.. places.Where(place => place.Start.Value < readContent.Length)];
        var without = read.Select(place => new Article(readTitle, readContent.Remove(place.Start.Value, Math.Min(place.End.Value, readContent.Length) - place.Start.Value)));
        if (readTitle.Length > 0)
        {
            without = without.Prepend(new Article("", readContent));
        }

        int label = probabilities.Index().MaxBy(entry => entry.Item).Index;
        var changes = new Queue<float>(classify(without).Select(changed => probabilities[label] - changed[label]));
        var sentences = new List<ExplainedSentence>();
        if (title.Length > 0)
        {
            sentences.Add(new(title, IsTitle: true, Next()));
        }

        sentences.AddRange(places.Select(place => new ExplainedSentence(content[place], IsTitle: false, Next())));
        return sentences;

        float? Next() => changes.TryDequeue(out float change) ? change : null;
    }
}
