using FakeNewsOnnx.Train.Model;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>The model with its last block computed at every position, as Transformers does: what tests compare with, and the benchmarks' usual way.</summary>
internal static class WholeLastBlock
{
    /// <summary>The hidden states that the head reads: [B, T] → [B, T, C].</summary>
    public static Tensor Hidden(Gpt2ForSequenceClassification model, Tensor inputIds)
    {
        Tensor x = model.Stages(inputIds)[0](inputIds);
        foreach (Block block in model.modules().OfType<Block>())
        {
            x = block.call(x, null);
        }

        return Module<LayerNorm>(model, "transformer.ln_f").call(x);
    }

    /// <summary>The logits at given positions: [B, T], [B] → [B, N].</summary>
    public static Tensor Logits(Gpt2ForSequenceClassification model, Tensor inputIds, Tensor last)
    {
        Tensor hidden = Hidden(model, inputIds);
        return Module<Linear>(model, "score").call(hidden.gather(1, last.view(-1, 1, 1).expand(-1, 1, hidden.shape[2])).squeeze(1));
    }

    private static T Module<T>(Gpt2ForSequenceClassification model, string name) => (T)(object)model.named_modules().Single(entry => entry.name == name).module;
}
