namespace FakeNewsOnnx.Inference;

/// <summary>The windows in which a model reads an article: one, unless it is longer than the model reads.</summary>
/// <param name="MaxTokens">The longest window.</param>
/// <param name="Stride">Tokens from one window's start to the next, at most <paramref name="MaxTokens"/>.</param>
internal readonly record struct TokenWindows(int MaxTokens, int Stride)
{
    /// <summary>The place of each window: the last one ends with the article.</summary>
    /// <param name="tokens">The article's length, at least 1.</param>
    public IEnumerable<Range> Of(int tokens)
    {
        for (int start = 0; ; start += Stride)
        {
            int end = Math.Min(start + MaxTokens, tokens);
            yield return start..end;
            if (end == tokens)
            {
                yield break;
            }
        }
    }

    /// <summary>How many windows there are.</summary>
    /// <param name="tokens">The article's length, at least 1.</param>
    public int Count(int tokens) => tokens <= MaxTokens ? 1 : 1 + ((tokens - MaxTokens + Stride - 1) / Stride);
}
