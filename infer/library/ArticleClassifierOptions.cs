namespace FakeNewsOnnx.Inference;

/// <summary>How an <see cref="ArticleClassifier"/> uses the machine. What the model means comes from its file.</summary>
public sealed record ArticleClassifierOptions
{
    /// <summary>Threads that work on one article together, at least 1. One is best for throughput, several for a single answer.</summary>
    public int ThreadsPerArticle { get; init; } = 1;

    /// <summary>Articles that <see cref="ArticleClassifier.ClassifyAsync"/> works on at the same time, at least 1; one per processor by default.</summary>
    public int ParallelArticles { get; init; } = Environment.ProcessorCount;
}
