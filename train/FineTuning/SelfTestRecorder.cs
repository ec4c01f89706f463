using FakeNewsOnnx.Train.Model;

namespace FakeNewsOnnx.Train.FineTuning;

/// <summary>Records what TorchSharp makes of the self-test's articles, each one alone.</summary>
internal static class SelfTestRecorder
{
    /// <summary>The self-test of a model that was just trained; its tolerance is the exporter's to set.</summary>
    public static SelfTest Record(Gpt2ForSequenceClassification model, Gpt2Tokenizer tokenizer, int maxTokens, int padTokenId)
    {
        model.eval();
        using var _ = TorchSharp.torch.no_grad();
        return new() { Cases = [.. SelfTestArticles.All.Select(Case)] };

        SelfTestCase Case(Article article)
        {
            int[] ids = tokenizer.Encode(article, maxTokens).InputIds;
            return new()
            {
                Title = article.Title ?? "",
                Content = article.Content ?? "",
                InputIds = ids,
                Logits = BatchLogits.Compute(model, [ids], padTokenId)[0],
            };
        }
    }
}
