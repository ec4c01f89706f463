using System.Text.Json.Serialization;

namespace FakeNewsOnnx.Checkpoint;

/// <summary>What <c>adapter_config.json</c> says: PEFT's LoraConfig, as far as it changes what a classifier computes.</summary>
/// <remarks>
/// LoRA: https://arxiv.org/abs/2106.09685; rsLoRA: https://arxiv.org/abs/2312.03732; DoRA: https://arxiv.org/abs/2402.09353.
/// Read and written by <see cref="LoraConfigFile"/>.
/// </remarks>
/// <param name="Rank">The rank of A and B; at least 1.</param>
/// <param name="Alpha">α: an update is scaled by α / r.</param>
/// <param name="Dropout">Dropout of the update's input, in training only; at least 0, below 1.</param>
/// <param name="TargetModules">The modules that get an update; null stands for PEFT's default for GPT-2, <c>c_attn</c>.</param>
/// <param name="ModulesToSave">Modules that are trained whole and saved with the adapter; a set, whatever order and repetition the file has.</param>
/// <param name="BaseModel">The base model's name on the hub.</param>
/// <param name="Bias">Which biases of the base are trained: <see cref="NoBias"/>, <see cref="AllBiases"/> or <see cref="LoraOnlyBiases"/>.</param>
/// <param name="UseRslora">Scales by α / √r instead of α / r.</param>
/// <param name="UseDora">Trains each output's length apart from its direction.</param>
/// <param name="LoraBias">Whether B has a bias of its own; not with <paramref name="UseDora"/>.</param>
/// <param name="ExcludeModules">Modules that get no update though <paramref name="TargetModules"/> name them.</param>
/// <param name="LayersToTransform">Only these layers get updates; null for all. Not with a regular expression.</param>
/// <param name="LayersPattern">The names that stand before a layer's number (GPT-2's is <c>h</c>); null for any.</param>
/// <param name="RankPattern">Ranks of single modules, by regular expressions for the end of their names; the first that fits counts.</param>
/// <param name="AlphaPattern">The same for α.</param>
public sealed partial record LoraConfig(
    [property: JsonPropertyName("r")] int Rank,
    [property: JsonPropertyName("lora_alpha")] double Alpha,
    [property: JsonPropertyName("lora_dropout")] double Dropout = 0,
    [property: JsonPropertyName("target_modules")] ModuleSelection? TargetModules = null,
    [property: JsonPropertyName("modules_to_save")] IReadOnlyList<string>? ModulesToSave = null,
    [property: JsonPropertyName("base_model_name_or_path")] string? BaseModel = null,
    [property: JsonPropertyName("bias")] string Bias = LoraConfig.NoBias,
    [property: JsonPropertyName("use_rslora")] bool UseRslora = false,
    [property: JsonPropertyName("use_dora")] bool UseDora = false,
    [property: JsonPropertyName("lora_bias")] bool LoraBias = false,
    [property: JsonPropertyName("exclude_modules")] ModuleSelection? ExcludeModules = null,
    [property: JsonPropertyName("layers_to_transform"), JsonConverter(typeof(LayerNumbersConverter))] IReadOnlyList<int>? LayersToTransform = null,
    [property: JsonPropertyName("layers_pattern"), JsonConverter(typeof(LayerNamesConverter))] IReadOnlyList<string>? LayersPattern = null,
    [property: JsonPropertyName("rank_pattern")] OrderedDictionary<string, int>? RankPattern = null,
    [property: JsonPropertyName("alpha_pattern")] OrderedDictionary<string, double>? AlphaPattern = null)
{
    /// <summary>No bias is trained.</summary>
    public const string NoBias = "none";

    /// <summary>Every bias of the base is trained.</summary>
    public const string AllBiases = "all";

    /// <summary>The biases of the modules with an update are trained.</summary>
    public const string LoraOnlyBiases = "lora_only";

    /// <summary>The largest rank that is accepted.</summary>
    public const int MaxRank = 65_536;

    /// <summary>PEFT's default for GPT-2.</summary>
    internal static readonly ModuleSelection DefaultTargets = new(["c_attn"]);

    /// <summary>What the adapter does to a weight of the base. Training and merging both ask here and nowhere else.</summary>
    /// <param name="weight">A name of <see cref="Gpt2Weights"/>: <c>h.0.attn.c_attn.weight</c>.</param>
    public WeightUpdate Resolve(string weight)
    {
        int dot = weight.LastIndexOf('.');
        string module = weight[..dot], fullName = Gpt2Weights.FullModuleName(module);
        if (IsSaved(fullName))
        {
            return new(WeightUpdateKind.Replaced);
        }

        bool updated = Gpt2Weights.IsLinear(module) && Selects(fullName);
        if (weight[(dot + 1)..] == "weight")
        {
            return updated ? LowRank(fullName, UseDora ? WeightUpdateKind.LowRank | WeightUpdateKind.Decomposed : WeightUpdateKind.LowRank) : default;
        }

        bool trained = Bias == AllBiases || (updated && Bias == LoraOnlyBiases);
        WeightUpdateKind kind = trained ? WeightUpdateKind.Replaced : WeightUpdateKind.None;
        return updated && LoraBias ? LowRank(fullName, kind | WeightUpdateKind.LowRank) : new(kind);
    }

    /// <summary>Whether <see cref="ModulesToSave"/> name a module, or one that it is part of.</summary>
    /// <param name="module">The module's full name: <c>transformer.ln_f</c>.</param>
    public bool IsSaved(string module)
    {
        if (ModulesToSave is null)
        {
            return false;
        }

        for (string part = module; ; part = part[..part.LastIndexOf('.')])
        {
            if (ModulesToSave.Any(saved => ModuleSelection.HasSuffix(part, saved)))
            {
                return true;
            }

            if (!part.Contains('.', StringComparison.Ordinal))
            {
                return false;
            }
        }
    }

    /// <summary>Whether a module of any kind is a target, as PEFT decides it.</summary>
    /// <param name="module">The module's full name: <c>transformer.h.0.attn.c_attn</c>.</param>
    internal bool Selects(string module)
    {
        ModuleSelection targets = TargetModules ?? DefaultTargets;
        return ExcludeModules?.Contains(module) != true && !IsSaved(module) && targets.Contains(module)
            && (LayersToTransform is null or [] || targets.Suffixes?.Contains(module) == true || IsInLayers(module, LayersToTransform));
    }

    private bool IsInLayers(string module, IReadOnlyList<int> layers)
    {
        string[] parts = module.Split('.');
        for (int i = parts.Length - 2; i >= 2; i--)
        {
            if (int.TryParse(parts[i], out int layer) && (LayersPattern is null or [] || LayersPattern.Contains(parts[i - 1])))
            {
                return layers.Contains(layer);
            }
        }

        return false;
    }

    private WeightUpdate LowRank(string module, WeightUpdateKind kind)
    {
        int rank = ModuleSelection.FirstMatch(RankPattern, module) ?? Rank;
        double alpha = ModuleSelection.FirstMatch(AlphaPattern, module) ?? Alpha;
        return new(kind, rank, alpha / (UseRslora ? Math.Sqrt(rank) : rank));
    }
}

/// <summary>What an adapter does to one weight.</summary>
/// <param name="Kind">The way.</param>
/// <param name="Rank">Rows of A [r, in] and columns of B [out, r]; 0 without a low-rank update.</param>
/// <param name="Scaling">What B·A, or B's bias, is multiplied by.</param>
public readonly record struct WeightUpdate(WeightUpdateKind Kind, int Rank = 0, double Scaling = 0)
{
    /// <summary>Whether the adapter holds the whole weight.</summary>
    public bool IsReplaced => Kind.HasFlag(WeightUpdateKind.Replaced);

    /// <summary>Whether B·A, or B's bias, is added.</summary>
    public bool IsLowRank => Kind.HasFlag(WeightUpdateKind.LowRank);

    /// <summary>Whether the sum is brought to the lengths of the magnitude vector.</summary>
    public bool IsDecomposed => Kind.HasFlag(WeightUpdateKind.Decomposed);
}

/// <summary>Ways to change a weight.</summary>
[Flags]
public enum WeightUpdateKind
{
    /// <summary>The base's weight stays.</summary>
    None = 0,

    /// <summary>The adapter holds the whole weight: a module to save, or a trained bias.</summary>
    Replaced = 1,

    /// <summary>W + scaling · B·A; for a bias, b + scaling · B's bias.</summary>
    LowRank = 2,

    /// <summary>DoRA: each output's weights are then brought to a trained length.</summary>
    Decomposed = 4,
}
