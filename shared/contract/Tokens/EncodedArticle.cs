namespace FakeNewsOnnx;

/// <summary>An article as the model reads it.</summary>
/// <param name="InputIds">Token ids, at most the limit that was asked for.</param>
/// <param name="Truncated">True when the article has more tokens than these.</param>
public sealed record EncodedArticle(int[] InputIds, bool Truncated);
