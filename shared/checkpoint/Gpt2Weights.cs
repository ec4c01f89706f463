namespace FakeNewsOnnx.Checkpoint;

/// <summary>
/// GPT-2's weight names and shapes, as on the Hugging Face hub; this is the only place that spells them.
/// Conv1D weights are [in, out].
/// </summary>
public static class Gpt2Weights
{
    /// <summary>Token embeddings [V, C].</summary>
    public const string TokenEmbedding = "wte.weight";

    /// <summary>Position embeddings [positions, C].</summary>
    public const string PositionEmbedding = "wpe.weight";

    /// <summary>The LayerNorm after the last block.</summary>
    public const string FinalNorm = "ln_f";

    /// <summary>The classifier head's module; its weight is [labels, C], without a bias.</summary>
    public const string Score = "score";

    /// <summary>The head's weight.</summary>
    public const string ScoreWeight = "score.weight";

    /// <summary>What some checkpoints and every PEFT key put before the names of the transformer.</summary>
    public const string TransformerPrefix = "transformer.";

    /// <summary>A block: <c>h.3</c>.</summary>
    public static string Block(int layer) => $"h.{layer}";

    /// <summary>A module's name with what it is part of, as PEFT's patterns see it: <c>transformer.h.0.attn.c_attn</c>, <c>score</c>.</summary>
    public static string FullModuleName(string module) => module == Score ? module : TransformerPrefix + module;

    /// <summary>Whether a module is one of <see cref="LinearModules(Gpt2Config)"/>.</summary>
    public static bool IsLinear(string module) =>
        module.EndsWith(".attn.c_attn", StringComparison.Ordinal) || module.EndsWith(".c_proj", StringComparison.Ordinal) || module.EndsWith(".mlp.c_fc", StringComparison.Ordinal);

    /// <summary>The Conv1D modules of a block in the order of the forward pass, with their widths.</summary>
    public static IEnumerable<(string Name, int In, int Out)> LinearModules(Gpt2Config config, int layer)
    {
        int width = config.Width;
        yield return ($"{Block(layer)}.attn.c_attn", width, 3 * width);
        yield return ($"{Block(layer)}.attn.c_proj", width, width);
        yield return ($"{Block(layer)}.mlp.c_fc", width, config.InnerWidth);
        yield return ($"{Block(layer)}.mlp.c_proj", config.InnerWidth, width);
    }

    /// <summary>The Conv1D modules of all blocks: what LoRA can target.</summary>
    public static IEnumerable<(string Name, int In, int Out)> LinearModules(Gpt2Config config) =>
        Enumerable.Range(0, config.Layers).SelectMany(layer => LinearModules(config, layer));

    /// <summary>Every module that has a weight or holds one that has, with the head.</summary>
    public static IEnumerable<string> Modules(Gpt2Config config) =>
        All(config).Select(weight => weight.Name).Append(ScoreWeight).SelectMany(Owners).Distinct(StringComparer.Ordinal);

    /// <summary>Every weight of the transformer, without the head, with its shape.</summary>
    public static IEnumerable<(string Name, long[] Shape)> All(Gpt2Config config)
    {
        long width = config.Width;
        yield return (TokenEmbedding, [config.VocabularySize, width]);
        yield return (PositionEmbedding, [config.Positions, width]);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            foreach (string norm in (string[])[$"{Block(layer)}.ln_1", $"{Block(layer)}.ln_2"])
            {
                yield return ($"{norm}.weight", [width]);
                yield return ($"{norm}.bias", [width]);
            }

            foreach (var (name, inputs, outputs) in LinearModules(config, layer))
            {
                yield return ($"{name}.weight", [inputs, outputs]);
                yield return ($"{name}.bias", [outputs]);
            }
        }

        yield return ($"{FinalNorm}.weight", [width]);
        yield return ($"{FinalNorm}.bias", [width]);
    }

    /// <summary>Buffers and the language-model head, which checkpoints may hold and a classifier has no use for.</summary>
    internal static bool IsIgnored(string name) =>
        name is "lm_head.weight" || name.EndsWith(".attn.bias", StringComparison.Ordinal) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal);

    /// <summary>Of <c>h.0.attn.c_attn.weight</c>: <c>h.0.attn.c_attn</c>, <c>h.0.attn</c>, <c>h.0</c>, <c>h</c>.</summary>
    private static IEnumerable<string> Owners(string weight)
    {
        for (int dot = weight.LastIndexOf('.'); dot > 0; dot = weight.LastIndexOf('.'))
        {
            weight = weight[..dot];
            yield return weight;
        }
    }
}
