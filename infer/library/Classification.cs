namespace FakeNewsOnnx.Inference;

/// <summary>What the model says about one article.</summary>
public sealed record Classification
{
    /// <summary>The most probable label.</summary>
    public required string Label { get; init; }

    /// <summary>The probability of <see cref="Label"/>, from 0 to 1.</summary>
    public required float Score { get; init; }

    /// <summary>One probability per label, in the order of <see cref="ArticleClassifier.Labels"/>; their sum is 1.</summary>
    public required IReadOnlyList<float> Probabilities { get; init; }

    /// <summary>One logit per label: what the model gave before temperature and softmax.</summary>
    public required IReadOnlyList<float> Logits { get; init; }

    /// <summary>How many tokens the model read.</summary>
    public required int TokenCount { get; init; }

    /// <summary>True when the article has more tokens than the model read.</summary>
    public required bool Truncated { get; init; }
}
