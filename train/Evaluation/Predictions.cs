namespace FakeNewsOnnx.Train.Evaluation;

/// <summary>What a classifier made of labelled articles.</summary>
/// <param name="LabelNames">Label names in the order of their ids.</param>
/// <param name="Labels">Each article's own label.</param>
/// <param name="Probabilities">One row for each article: a probability for each label.</param>
internal sealed record Predictions(IReadOnlyList<string> LabelNames, IReadOnlyList<int> Labels, IReadOnlyList<float[]> Probabilities)
{
    /// <summary>From a model's logits, as inference does it.</summary>
    /// <param name="labelNames">Label names in the order of their ids.</param>
    /// <param name="labels">Each article's own label.</param>
    /// <param name="logits">One row for each article.</param>
    /// <param name="temperature">T of softmax(logits / T).</param>
    public static Predictions FromLogits(IReadOnlyList<string> labelNames, IReadOnlyList<int> labels, IReadOnlyList<float[]> logits, double temperature) =>
        new(labelNames, labels, [.. logits.Select(row => FakeNewsOnnx.Probabilities.FromLogits(row, temperature))]);

    /// <summary>
    /// The best that can be done without reading: every article gets the shares of the labels among these articles, and so the most
    /// frequent label. Its accuracy is the no-information rate.
    /// </summary>
    public static Predictions OfMajorityClass(IReadOnlyList<string> labelNames, IReadOnlyList<int> labels)
    {
        float[] shares = [.. labelNames.Select((_, id) => (float)labels.Count(label => label == id) / labels.Count)];
        return new(labelNames, labels, [.. labels.Select(_ => shares)]);
    }

    /// <summary>The label with the highest probability; the first of several.</summary>
    public int Predicted(int article) => Array.IndexOf(Probabilities[article], Probabilities[article].Max());

    /// <summary>Whether it is the article's own.</summary>
    public bool IsRight(int article) => Predicted(article) == Labels[article];
}
