using System.Text.Json.Serialization;

namespace FakeNewsOnnx.Train.Evaluation;

/// <summary>McNemar's exact test of two classifiers on the same articles.</summary>
/// <param name="OnlyFirstRight">Articles that only the first gets right.</param>
/// <param name="OnlySecondRight">Articles that only the second gets right.</param>
/// <param name="PValue">Two-sided: how likely so uneven a split would be if both were as good.</param>
internal sealed record McNemarTest(
    [property: JsonPropertyName("only_first_right")] int OnlyFirstRight,
    [property: JsonPropertyName("only_second_right")] int OnlySecondRight,
    [property: JsonPropertyName("p_value")] double PValue);

/// <summary>A classifier that the fine-tuned one is compared with, on the same articles.</summary>
/// <param name="Name">What it is, in words: "majority class", "TF-IDF + logistic regression", "base model".</param>
/// <param name="Metrics">Its metrics.</param>
/// <param name="Test">The fine-tuned model (first) against it (second).</param>
internal sealed record Comparison(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("metrics")] ClassificationMetrics Metrics,
    [property: JsonPropertyName("mcnemar")] McNemarTest Test);

/// <summary>A measurement on one set of articles: a section of <c>metrics.json</c>.</summary>
internal sealed record MetricsReport
{
    /// <summary>The articles' file name, and which part of it: "articles.csv, test".</summary>
    [JsonPropertyName("data")]
    public required string Data { get; init; }

    /// <summary>The classifier with its temperature.</summary>
    [JsonPropertyName("model")]
    public required ClassificationMetrics Model { get; init; }

    /// <summary>T of probabilities = softmax(logits / T).</summary>
    [JsonPropertyName("temperature")]
    public required double Temperature { get; init; }

    /// <summary>The classifier at T = 1; null where its temperature is 1.</summary>
    [JsonPropertyName("uncalibrated")]
    public ClassificationMetrics? Uncalibrated { get; init; }

    /// <summary>Majority class, TF-IDF, base model: those that could be measured.</summary>
    [JsonPropertyName("compared_with")]
    public IReadOnlyList<Comparison> ComparedWith { get; init; } = [];
}
