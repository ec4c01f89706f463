namespace FakeNewsOnnx.Checkpoint;

/// <summary>Names and shapes of what an adapter holds.</summary>
public static class AdapterWeights
{
    /// <summary>A [r, in].</summary>
    public static string A(string module) => $"{module}.lora_A.weight";

    /// <summary>B [out, r].</summary>
    public static string B(string module) => $"{module}.lora_B.weight";

    /// <summary>B's own bias [out].</summary>
    public static string BiasOfB(string module) => $"{module}.lora_B.bias";

    /// <summary>DoRA's length of each output's weights [out].</summary>
    public static string Magnitude(string module) => $"{module}.lora_magnitude_vector";

    /// <summary>Whether a name is one of these, not a weight of the base.</summary>
    public static bool IsUpdate(string name) => name.Contains(".lora_", StringComparison.Ordinal);

    /// <summary>Everything that an adapter holds but the head; a name is one of these, or a name of the base for a weight that is saved whole.</summary>
    public static IEnumerable<(string Name, long[] Shape)> All(LoraConfig lora, Gpt2Config config)
    {
        foreach (var (name, shape) in Gpt2Weights.All(config))
        {
            WeightUpdate update = lora.Resolve(name);
            if (update.IsReplaced)
            {
                yield return (name, shape);
            }

            string module = name[..name.LastIndexOf('.')];
            if (update.IsLowRank && shape is [var inputs, var outputs])
            {
                yield return (A(module), [update.Rank, inputs]);
                yield return (B(module), [outputs, update.Rank]);
                if (update.IsDecomposed)
                {
                    yield return (Magnitude(module), [outputs]);
                }
            }
            else if (update.IsLowRank)
            {
                yield return (BiasOfB(module), shape);
            }
        }
    }

    /// <summary>PEFT's key of a weight: the bias of a module with an update is that of its <c>base_layer</c>.</summary>
    internal static string Key(LoraConfig lora, string name)
    {
        int dot = name.LastIndexOf('.');
        string module = name[..dot], leaf = name[(dot + 1)..];
        bool isWrapped = !IsUpdate(name) && leaf == "bias" && lora.Resolve($"{module}.weight").IsLowRank;
        return $"base_model.model.{Gpt2Weights.FullModuleName(module)}.{(isWrapped ? "base_layer." : "")}{leaf}";
    }
}
