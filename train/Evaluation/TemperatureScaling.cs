namespace FakeNewsOnnx.Train.Evaluation;

/// <summary>
/// Temperature scaling (Guo et al., On Calibration of Modern Neural Networks, 2017, https://arxiv.org/abs/1706.04599): the T for which
/// softmax(logits / T) has the lowest log loss on articles that were not trained on. It changes no predicted label.
/// </summary>
internal static class TemperatureScaling
{
    /// <summary>The lowest and the highest T that are looked at.</summary>
    public const double Lowest = 0.05, Highest = 20;

    /// <summary>The best T between <see cref="Lowest"/> and <see cref="Highest"/>.</summary>
    /// <remarks>
    /// The loss is convex in 1 / T, so its minimum is where the slope changes its sign, found by halving the interval. Where the loss still falls at
    /// <see cref="Lowest"/>, because every article is right, there is no best T: the articles say nothing about doubt, and T stays 1.
    /// </remarks>
    /// <param name="logits">One row for each article.</param>
    /// <param name="labels">Each article's own label.</param>
    public static double Fit(IReadOnlyList<float[]> logits, IReadOnlyList<int> labels)
    {
        if (Slope(1 / Lowest) <= 0)
        {
            return 1;
        }

        double low = Math.Log(1 / Highest), high = Math.Log(1 / Lowest);
        for (int i = 0; i < 50; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = Slope(Math.Exp(middle)) < 0 ? (middle, high) : (low, middle);
        }

        return Math.Exp(-(low + high) / 2);

        // d loss / d (1 / T), times the number of articles: the expected logit minus the true label's.
        double Slope(double inverse)
        {
            double slope = 0;
            for (int i = 0; i < logits.Count; i++)
            {
                float[] row = logits[i];
                double max = row.Max(), sum = 0, expected = 0;
                foreach (float logit in row)
                {
                    double weight = Math.Exp((logit - max) * inverse);
                    sum += weight;
                    expected += weight * logit;
                }

                slope += (expected / sum) - row[labels[i]];
            }

            return slope;
        }
    }
}
