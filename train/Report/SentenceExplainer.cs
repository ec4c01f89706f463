using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Evaluation;

namespace FakeNewsOnnx.Train.Report;

/// <summary>Says of an article which sentences carry the verdict of a model in TorchSharp.</summary>
/// <param name="tokenizer">The model's.</param>
/// <param name="maxTokens">Tokens of an article that the model reads.</param>
/// <param name="temperature">T of softmax(logits / T).</param>
/// <param name="evaluate">Runs the model.</param>
internal sealed class SentenceExplainer(Gpt2Tokenizer tokenizer, int maxTokens, double temperature, Func<IReadOnlyList<Example>, EvaluationResult> evaluate)
{
    public IReadOnlyList<ExplainedSentence> Explain(Article article, IReadOnlyList<float> probabilities) =>
        SentenceExplanation.Explain(article, probabilities, tokenizer.CountReadChars(article.ToText(), maxTokens), Classify);

    private IEnumerable<IReadOnlyList<float>> Classify(IEnumerable<Article> articles)
    {
        Example[] examples = [.. articles.Select(article => new Example(tokenizer.Encode(article, maxTokens).InputIds, label: 0, line: 0))];
        return examples.Length == 0 ? [] : evaluate(examples).Logits.Select(logits => Probabilities.FromLogits(logits, temperature));
    }
}
