namespace FakeNewsOnnx.Inference;

/// <content>Which sentences carry a verdict.</content>
public sealed partial class ArticleClassifier
{
    /// <summary>
    /// Scores an article, then again without each of its sentences, and gives the change in the probability of its label.
    /// Every question is a run of its own, <see cref="ArticleClassifierOptions.ParallelArticles"/> at a time: an article of 30
    /// sentences costs 31 times what <see cref="Classify(Article)"/> costs.
    /// </summary>
    /// <param name="article">The article; a missing title scores as an empty one.</param>
    /// <param name="cancellationToken">Ends the work between two runs.</param>
    /// <exception cref="ArgumentException">The article has no content.</exception>
    /// <exception cref="InvalidOperationException">The file holds no tokenizer.</exception>
    /// <exception cref="InvalidDataException">The model cannot be run, or gave a logit that is not a finite number.</exception>
    /// <exception cref="ObjectDisposedException">The classifier has been disposed.</exception>
    public Explanation Explain(Article article, CancellationToken cancellationToken = default)
    {
        var whole = Classify(article);
        int readLength = _model.Tokenizer!.CountReadChars(article.ToText(), TokensToRead);
        return new(whole, SentenceExplanation.Explain(article, whole.Probabilities, readLength, articles => articles
            .ToAsyncEnumerable()
            .SelectInOrderAsync(ClassifyEvenEmpty, _options.ParallelArticles, cancellationToken)
            .ToBlockingEnumerable(cancellationToken)
            .Select(without => without.Probabilities)));
    }
}
