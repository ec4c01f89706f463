namespace FakeNewsOnnx.Inference;

/// <summary>How the model's file fared on this machine with the articles and logits that it carries.</summary>
public sealed record SelfTestReport
{
    /// <summary>How many articles were tried.</summary>
    public required int Cases { get; init; }

    /// <summary>The largest |Δlogit| between this machine and training.</summary>
    public required float MaxAbsLogitDifference { get; init; }

    /// <summary>The largest |Δlogit| that passes, relative to max(1, max |logit|) of each article.</summary>
    public required double Tolerance { get; init; }

    /// <summary>One line per article that differs: what was expected and what was found.</summary>
    public required IReadOnlyList<string> Failures { get; init; }

    /// <summary>True when every article has the same tokens and logits within the tolerance.</summary>
    public bool Passed => Failures.Count == 0;
}
