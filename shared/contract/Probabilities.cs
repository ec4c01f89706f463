namespace FakeNewsOnnx;

/// <summary>From logits to probabilities, the same way in training reports and in inference.</summary>
public static class Probabilities
{
    /// <summary>softmax(logits / temperature).</summary>
    /// <param name="logits">One value per label.</param>
    /// <param name="temperature">T &gt; 0; 1 leaves the logits as they are.</param>
    public static float[] FromLogits(ReadOnlySpan<float> logits, double temperature)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        var probabilities = new float[logits.Length];
        double max = double.NegativeInfinity;
        foreach (float logit in logits)
        {
            max = Math.Max(max, logit);
        }

        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp((logit - max) / temperature);
        }

        for (int i = 0; i < logits.Length; i++)
        {
            probabilities[i] = (float)(Math.Exp((logits[i] - max) / temperature) / sum);
        }

        return probabilities;
    }
}
