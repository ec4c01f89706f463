using System.Text.Json.Serialization;

namespace FakeNewsOnnx;

/// <summary>Proof that travels with a model: fixed texts, their token ids, and the logits that training gave them.</summary>
public sealed record SelfTest
{
    /// <summary>
    /// Largest |Δlogit| that passes, relative to max(1, max |logit|); set by the exporter for the precision that it
    /// wrote (fp32: 2e-5), null in an adapter directory.
    /// </summary>
    [JsonPropertyName("tolerance")]
    public double? Tolerance { get; init; }

    /// <summary>The cases, in the order of <see cref="SelfTestArticles.All"/>.</summary>
    [JsonPropertyName("cases")]
    public required IReadOnlyList<SelfTestCase> Cases { get; init; }
}

/// <summary>One article of the self-test and what is expected of it.</summary>
public sealed record SelfTestCase
{
    /// <summary>The article's title.</summary>
    [JsonPropertyName("title")]
    public required string Title { get; init; }

    /// <summary>The article's content.</summary>
    [JsonPropertyName("content")]
    public required string Content { get; init; }

    /// <summary>The token ids that the model reads, after truncation.</summary>
    [JsonPropertyName("input_ids")]
    public required IReadOnlyList<int> InputIds { get; init; }

    /// <summary>TorchSharp's logits, one per label.</summary>
    [JsonPropertyName("logits")]
    public required IReadOnlyList<float> Logits { get; init; }
}
