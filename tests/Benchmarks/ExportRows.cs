using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Benchmarks;

/// <summary>The forms in which one model can be written, against one another, on the shape of GPT-2 and one thread.</summary>
internal static class ExportRows
{
    private const int Rounds = 7;

    /// <summary>The portable file as it is by default, against the one for old runtimes (GELU in single operators) and the fused one.</summary>
    public static IEnumerable<PairedResult> OfForms(string root)
    {
        using var portable = ArticleClassifier.Load(ScoringModels.Gpt2(root, "gpt2-fp32.onnx"));
        int[] article = LengthFixture.Read(root, "recovery", 24).First(ids => ids.Length == 1024);
        foreach (var (name, options) in new (string, string[])[] { ("opset 17", ["--opset", "17"]), ("fused", ["--graph", "fused"]) })
        {
            using var other = ArticleClassifier.Load(ScoringModels.Gpt2(root, $"gpt2-fp32-{name.Replace(' ', '-')}.onnx", options));
            foreach (int tokens in new[] { 128, 512, 1024 })
            {
                yield return PairedRun.Measure($"fp32, {tokens} tokens, {name} against the default", Rounds, () => other.Classify(article.AsSpan(0, tokens)), () => portable.Classify(article.AsSpan(0, tokens)));
            }
        }
    }
}
