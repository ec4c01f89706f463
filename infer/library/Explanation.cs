namespace FakeNewsOnnx.Inference;

/// <summary>What the model says about one article, and which sentences carry it.</summary>
/// <param name="Classification">As <see cref="ArticleClassifier.Classify(Article)"/> gives it.</param>
/// <param name="Sentences">The title, if there is one, then the sentences of the content: their texts together are the content.</param>
public sealed record Explanation(Classification Classification, IReadOnlyList<ExplainedSentence> Sentences);
