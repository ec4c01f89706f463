using System.Text.Json.Serialization;

namespace FakeNewsOnnx.Train.Evaluation;

/// <summary>A measured value and its 95 % bootstrap interval over the articles.</summary>
internal sealed record Estimate(
    [property: JsonPropertyName("value")] double Value,
    [property: JsonPropertyName("low")] double Low,
    [property: JsonPropertyName("high")] double High);

/// <summary>How well one label is found.</summary>
/// <param name="Label">Its name.</param>
/// <param name="Support">Articles that have it.</param>
/// <param name="Precision">Part of the articles predicted to have it that have it; 0 where none is predicted.</param>
/// <param name="Recall">Part of the articles that have it that are predicted to.</param>
/// <param name="F1">The harmonic mean of both.</param>
internal sealed record LabelMetrics(
    [property: JsonPropertyName("label")] string Label,
    [property: JsonPropertyName("support")] int Support,
    [property: JsonPropertyName("precision")] Estimate Precision,
    [property: JsonPropertyName("recall")] Estimate Recall,
    [property: JsonPropertyName("f1")] Estimate F1);

/// <summary>A bin of the reliability diagram: articles whose highest probability lies in (low, high].</summary>
/// <param name="Low">The bin's lower end.</param>
/// <param name="High">The bin's upper end.</param>
/// <param name="Count">Articles in it.</param>
/// <param name="Confidence">Mean of their highest probability; 0 in an empty bin.</param>
/// <param name="Accuracy">Part of them that is right; 0 in an empty bin.</param>
internal sealed record ReliabilityBin(
    [property: JsonPropertyName("low")] double Low,
    [property: JsonPropertyName("high")] double High,
    [property: JsonPropertyName("count")] int Count,
    [property: JsonPropertyName("confidence")] double Confidence,
    [property: JsonPropertyName("accuracy")] double Accuracy);

/// <summary>The ROC curve of one label against the others.</summary>
/// <param name="Label">The label's name.</param>
/// <param name="FalsePositiveRate">From 0 to 1.</param>
/// <param name="TruePositiveRate">As many, from 0 to 1.</param>
internal sealed record RocCurve(
    [property: JsonPropertyName("label")] string Label,
    [property: JsonPropertyName("fpr")] IReadOnlyList<double> FalsePositiveRate,
    [property: JsonPropertyName("tpr")] IReadOnlyList<double> TruePositiveRate);

/// <summary>What a classifier's probabilities are worth on labelled articles, with scikit-learn's definitions.</summary>
internal sealed record ClassificationMetrics
{
    /// <summary>Articles measured.</summary>
    [JsonPropertyName("rows")]
    public required int Rows { get; init; }

    [JsonPropertyName("accuracy")]
    public required Estimate Accuracy { get; init; }

    /// <summary>One entry for each label, in the order of their ids.</summary>
    [JsonPropertyName("labels")]
    public required IReadOnlyList<LabelMetrics> Labels { get; init; }

    /// <summary>Mean of the labels' F1.</summary>
    [JsonPropertyName("macro_f1")]
    public required Estimate MacroF1 { get; init; }

    /// <summary>The same, weighted by support.</summary>
    [JsonPropertyName("weighted_f1")]
    public required Estimate WeightedF1 { get; init; }

    /// <summary>Area under the ROC curve: of label 1 where there are two labels, else the mean of one against the rest; null where a label has no article.</summary>
    [JsonPropertyName("roc_auc")]
    public Estimate? RocAuc { get; init; }

    /// <summary>Average precision, in the same way.</summary>
    [JsonPropertyName("pr_auc")]
    public Estimate? PrAuc { get; init; }

    /// <summary>Mean cross-entropy in nats.</summary>
    [JsonPropertyName("log_loss")]
    public required Estimate LogLoss { get; init; }

    /// <summary>Brier score: mean of (p − y)² of label 1 where there are two labels, else of its sum over the labels.</summary>
    [JsonPropertyName("brier")]
    public required Estimate Brier { get; init; }

    /// <summary>Expected calibration error over <see cref="Reliability"/>'s bins.</summary>
    [JsonPropertyName("expected_calibration_error")]
    public required Estimate ExpectedCalibrationError { get; init; }

    /// <summary>Articles by true label (row) and predicted label (column).</summary>
    [JsonPropertyName("confusion_matrix")]
    public required IReadOnlyList<IReadOnlyList<int>> ConfusionMatrix { get; init; }

    /// <summary>Bins of equal width.</summary>
    [JsonPropertyName("reliability")]
    public required IReadOnlyList<ReliabilityBin> Reliability { get; init; }

    /// <summary>One curve where there are two labels, of label 1; else one for each; empty where a label has no article.</summary>
    [JsonPropertyName("roc")]
    public required IReadOnlyList<RocCurve> Roc { get; init; }
}
