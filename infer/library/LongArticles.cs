namespace FakeNewsOnnx.Inference;

/// <summary>What happens to an article with more tokens than the model reads.</summary>
public enum LongArticles
{
    /// <summary>The model reads the first tokens, as in training.</summary>
    Truncate,

    /// <summary>
    /// The model reads all tokens in overlapping windows, and the label follows from the mean of the windows' logits. One
    /// window starts every <see cref="ArticleClassifierOptions.WindowStride"/> tokens until one reaches the article's end.
    /// </summary>
    Window,
}
