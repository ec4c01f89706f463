namespace FakeNewsOnnx.Train.Evaluation;

/// <summary>From predictions to metrics with intervals, comparisons and reports.</summary>
internal static class Measurement
{
    /// <summary>The name of what answers with the most frequent label.</summary>
    public const string MajorityClass = "majority class";

    /// <summary>Every metric of a classifier.</summary>
    /// <param name="predictions">Of at least one article.</param>
    public static ClassificationMetrics Measure(Predictions predictions)
    {
        int count = predictions.Labels.Count, labels = predictions.LabelNames.Count;
        var scores = new WeightedScores(predictions);
        var bootstrap = new Bootstrap(scores, count);
        long[] confusion = scores.Confusion(Enumerable.Repeat(1, count).ToArray());
        int[] support = [.. Enumerable.Range(0, labels).Select(id => predictions.Labels.Count(label => label == id))];
        return new()
        {
            Rows = count,
            Accuracy = bootstrap.Of(s => s.Accuracy),
            Labels = [.. predictions.LabelNames.Select((name, id) => new LabelMetrics(name, support[id], bootstrap.Of(s => s.Precision[id]), bootstrap.Of(s => s.Recall[id]), bootstrap.Of(s => s.F1[id])))],
            MacroF1 = bootstrap.Of(s => s.MacroF1),
            WeightedF1 = bootstrap.Of(s => s.WeightedF1),
            RocAuc = bootstrap.OrNull(s => s.RocAuc),
            PrAuc = bootstrap.OrNull(s => s.PrAuc),
            LogLoss = bootstrap.Of(s => s.LogLoss),
            Brier = bootstrap.Of(s => s.Brier),
            ExpectedCalibrationError = bootstrap.Of(s => s.ExpectedCalibrationError),
            ConfusionMatrix = [.. confusion.Chunk(labels).Select(row => row.Select(cell => (int)cell).ToArray())],
            Reliability = Reliability(predictions),
            Roc = support.Contains(0) ? [] : [.. scores.Curves.Select(entry => Roc(predictions.LabelNames[entry.Label], entry.Curve))],
        };
    }

    /// <summary>Measures a model at its temperature and, if that is not 1, without it, and compares it with the majority class and with others.</summary>
    /// <param name="data">What the articles are, for the report.</param>
    /// <param name="labelNames">Label names in the order of their ids.</param>
    /// <param name="labels">Each article's own label.</param>
    /// <param name="logits">One row for each article.</param>
    /// <param name="temperature">T of softmax(logits / T).</param>
    /// <param name="others">What other classifiers made of the same articles.</param>
    public static MetricsReport Report(
        string data, IReadOnlyList<string> labelNames, IReadOnlyList<int> labels, IReadOnlyList<float[]> logits, double temperature, params IEnumerable<(string Name, Predictions Predictions)> others)
    {
        Predictions model = Predictions.FromLogits(labelNames, labels, logits, temperature);
        return new()
        {
            Data = data,
            Model = Measure(model),
            Temperature = temperature,
            Uncalibrated = temperature == 1 ? null : Measure(Predictions.FromLogits(labelNames, labels, logits, 1)),
            ComparedWith =
            [
                .. others.Prepend((MajorityClass, Predictions.OfMajorityClass(labelNames, labels)))
                    .Select(other => new Comparison(other.Item1, Measure(other.Item2), McNemar.Test(model, other.Item2))),
            ],
        };
    }

    private static ReliabilityBin[] Reliability(Predictions predictions)
    {
        var bins = Enumerable.Range(0, predictions.Labels.Count).ToLookup(i => WeightedScores.BinOf(predictions.Probabilities[i][predictions.Predicted(i)]));
        return [.. Enumerable.Range(0, WeightedScores.Bins).Select(bin => new ReliabilityBin(
            bin / (double)WeightedScores.Bins,
            (bin + 1) / (double)WeightedScores.Bins,
            bins[bin].Count(),
            bins[bin].Select(i => (double)predictions.Probabilities[i][predictions.Predicted(i)]).DefaultIfEmpty().Average(),
            bins[bin].Select(i => predictions.IsRight(i) ? 1.0 : 0).DefaultIfEmpty().Average()))];
    }

    private static RocCurve Roc(string label, RankingCurve curve)
    {
        var points = curve.Points();
        return new(label, [.. points.Select(point => point.FalsePositiveRate)], [.. points.Select(point => point.TruePositiveRate)]);
    }
}
