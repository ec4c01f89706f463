namespace FakeNewsOnnx.Train.Evaluation;

/// <summary>A classifier's scores, as plain numbers; the areas are NaN where a label has no article.</summary>
internal sealed record Scores(
    double Accuracy,
    double[] Precision,
    double[] Recall,
    double[] F1,
    double MacroF1,
    double WeightedF1,
    double RocAuc,
    double PrAuc,
    double LogLoss,
    double Brier,
    double ExpectedCalibrationError);

/// <summary>
/// Scores predictions under weights that say how often each article counts: once each, or as often as a resample drew it. What does
/// not depend on the weights is computed once.
/// </summary>
internal sealed class WeightedScores
{
    /// <summary>Bins of equal width for the highest probability.</summary>
    public const int Bins = 15;

    private readonly int _labels;
    private readonly int[] _cell; // true label · labels + predicted label
    private readonly int[] _bin;
    private readonly double[] _overconfidence; // highest probability − (1 if right)
    private readonly double[] _logLoss;
    private readonly double[] _brier;

    public WeightedScores(Predictions predictions)
    {
        int count = predictions.Labels.Count;
        _labels = predictions.LabelNames.Count;
        _cell = new int[count];
        _bin = new int[count];
        _overconfidence = new double[count];
        _logLoss = new double[count];
        _brier = new double[count];
        for (int i = 0; i < count; i++)
        {
            float[] row = predictions.Probabilities[i];
            int label = predictions.Labels[i], predicted = predictions.Predicted(i);
            _cell[i] = (label * _labels) + predicted;
            _bin[i] = BinOf(row[predicted]);
            _overconfidence[i] = (double)row[predicted] - (predicted == label ? 1 : 0);
            _logLoss[i] = -Math.Log(Clip(row[label]) / row.Sum(p => Clip(p)));
            _brier[i] = _labels == 2 ? Square((double)row[1] - label) : row.Select((p, id) => Square((double)p - (id == label ? 1 : 0))).Sum();
        }

        // With two labels, label 1 against label 0; with more, each against the rest.
        int[] positives = _labels == 2 ? [1] : [.. Enumerable.Range(0, _labels)];
        Curves = [.. positives.Select(id => (id, new RankingCurve([.. predictions.Probabilities.Select(row => (double)row[id])], i => predictions.Labels[i] == id)))];
    }

    /// <summary>The ranking by each label's probability: of label 1 where there are two, else of each.</summary>
    public IReadOnlyList<(int Label, RankingCurve Curve)> Curves { get; }

    /// <summary>The bin of a probability: (i / Bins, (i + 1) / Bins].</summary>
    public static int BinOf(double probability)
    {
        int bin = 0;
        while (bin < Bins - 1 && probability > (bin + 1) / (double)Bins)
        {
            bin++;
        }

        return bin;
    }

    /// <summary>Articles by true label and predicted label, row by row.</summary>
    public long[] Confusion(ReadOnlySpan<int> weights)
    {
        var confusion = new long[_labels * _labels];
        for (int i = 0; i < weights.Length; i++)
        {
            confusion[_cell[i]] += weights[i];
        }

        return confusion;
    }

    /// <summary>Every score.</summary>
    /// <param name="weights">How often each article counts; their sum is the number of articles.</param>
    public Scores Of(ReadOnlySpan<int> weights)
    {
        double logLoss = 0, brier = 0;
        Span<double> gaps = stackalloc double[Bins];
        for (int i = 0; i < weights.Length; i++)
        {
            logLoss += weights[i] * _logLoss[i];
            brier += weights[i] * _brier[i];
            gaps[_bin[i]] += weights[i] * _overconfidence[i];
        }

        double calibrationError = 0;
        foreach (double gap in gaps)
        {
            calibrationError += Math.Abs(gap);
        }

        double roc = 0, precisionArea = 0;
        foreach (var (_, curve) in Curves)
        {
            var areas = curve.Areas(weights);
            roc += areas.Roc / Curves.Count;
            precisionArea += areas.Precision / Curves.Count;
        }

        long[] confusion = Confusion(weights);
        double[] support = new double[_labels], precision = new double[_labels], recall = new double[_labels], f1 = new double[_labels];
        double right = 0, weightedF1 = 0;
        for (int label = 0; label < _labels; label++)
        {
            double found = confusion[(label * _labels) + label], predicted = 0;
            for (int other = 0; other < _labels; other++)
            {
                support[label] += confusion[(label * _labels) + other];
                predicted += confusion[(other * _labels) + label];
            }

            precision[label] = OrZero(found, predicted);
            recall[label] = OrZero(found, support[label]);
            f1[label] = OrZero(2 * found, predicted + support[label]);
            right += found;
            weightedF1 += f1[label] * support[label] / weights.Length;
        }

        return new(
            right / weights.Length, precision, recall, f1, f1.Average(), weightedF1, roc, precisionArea,
            logLoss / weights.Length, brier / weights.Length, calibrationError / weights.Length);
    }

    private static double OrZero(double part, double whole) => whole == 0 ? 0 : part / whole;

    private static double Square(double value) => value * value;

    /// <summary>scikit-learn's log_loss keeps probabilities this far from 0 and 1.</summary>
    private static double Clip(double probability) => Math.Clamp(probability, Math.BitIncrement(1.0) - 1, 2 - Math.BitIncrement(1.0));
}
