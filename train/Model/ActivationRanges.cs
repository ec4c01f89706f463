using FakeNewsOnnx.Checkpoint;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Model;

/// <summary>Records how large the outputs of a model's LayerNorms get, for <c>export onnx --precision int8</c>.</summary>
internal static class ActivationRanges
{
    /// <summary>Runs articles one by one, so that no pad is measured, and gives the largest |output| of each channel by norm.</summary>
    /// <param name="model">The model with its adapter.</param>
    /// <param name="config">Its shape.</param>
    /// <param name="articles">Token ids of each article, at least one article.</param>
    /// <param name="cancellation">Looked at before each article.</param>
    public static IReadOnlyDictionary<string, float[]> Record(
        Gpt2ForSequenceClassification model, Gpt2Config config, IEnumerable<int[]> articles, CancellationToken cancellation)
    {
        var largest = ActivationRangesFile.Norms(config).ToDictionary(entry => entry.Norm, _ => new float[config.Width], StringComparer.Ordinal);
        var hooks = new List<LayerNorm.HookRemover>();
        try
        {
            foreach (var (name, module) in model.named_modules())
            {
                string norm = name.StartsWith(Gpt2Weights.TransformerPrefix, StringComparison.Ordinal) ? name[Gpt2Weights.TransformerPrefix.Length..] : name;
                if (largest.TryGetValue(norm, out float[]? channels))
                {
                    hooks.Add(((LayerNorm)module).register_forward_hook((_, _, output) => Include(output, channels)));
                }
            }

            model.eval();
            using var _ = no_grad();
            foreach (int[] ids in articles)
            {
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                model.forward(tensor([.. ids.Select(id => (long)id)], [1, ids.Length], device: model.Device));
            }
        }
        finally
        {
            hooks.ForEach(hook => hook.remove());
        }

        return largest;
    }

    private static Tensor Include(Tensor output, float[] channels) // [1, T, C]
    {
        using var scope = NewDisposeScope();
        float[] ofArticle = output.abs().amax([0, 1]).to_type(ScalarType.Float32).cpu().data<float>().ToArray();
        for (int i = 0; i < channels.Length; i++)
        {
            channels[i] = Math.Max(channels[i], ofArticle[i]);
        }

        return output;
    }
}
