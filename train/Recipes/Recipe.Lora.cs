using System.ComponentModel;
using System.Text.Json.Serialization;
using FakeNewsOnnx.Checkpoint;

namespace FakeNewsOnnx.Train.Recipes;

/// <content>The settings of PEFT's LoraConfig.</content>
internal sealed partial record Recipe
{
    [JsonPropertyName("r")]
    [Description("LoRA: the rank of the updates; at least 1.")]
    public int Rank { get; init; } = 4;

    [JsonPropertyName("lora_alpha")]
    [Description("LoRA: updates are scaled by alpha / r.")]
    public double LoraAlpha { get; init; } = 32;

    [JsonPropertyName("lora_dropout")]
    [Description("LoRA: dropout of an update's input; at least 0, below 1.")]
    public double LoraDropout { get; init; } = 0.01;

    [JsonPropertyName("target_modules")]
    [Description("LoRA: the modules that get an update: name suffixes, or one regular expression for whole names, or all-linear.")]
    public ModuleSelection TargetModules { get; init; } = new(["c_attn", "c_proj"]);

    [JsonPropertyName("exclude_modules")]
    [Description("LoRA: modules among them that get none: name suffixes, or one regular expression for whole names.")]
    public ModuleSelection? ExcludeModules { get; init; }

    [JsonPropertyName("layers_to_transform")]
    [Description("LoRA: only the modules of these layers, counted from 0, get an update; by default all.")]
    public IReadOnlyList<int> LayersToTransform { get; init; } = [];

    [JsonPropertyName("rank_pattern")]
    [Description("LoRA: ranks of single modules: c_attn=8,h.11.mlp.c_proj=2; a name is a regular expression for the end of a module's name.")]
    public OrderedDictionary<string, int> RankPattern { get; init; } = [];

    [JsonPropertyName("alpha_pattern")]
    [Description("LoRA: alphas of single modules, in the same way.")]
    public OrderedDictionary<string, double> AlphaPattern { get; init; } = [];

    [JsonPropertyName("use_rslora")]
    [Description("LoRA: scale by alpha / √r instead.")]
    public bool UseRslora { get; init; }

    [JsonPropertyName("use_dora")]
    [Description("LoRA: train the length of each output's weights apart from its direction.")]
    public bool UseDora { get; init; }

    [JsonPropertyName("lora_bias")]
    [Description("LoRA: give B a bias of its own; not with --use-dora.")]
    public bool LoraBias { get; init; }

    [JsonPropertyName("bias")]
    [Description("LoRA: the base's biases that are trained: none, all, or lora_only for those of the modules with an update.")]
    public string Bias { get; init; } = LoraConfig.NoBias;

    [JsonPropertyName("modules_to_save")]
    [Description("LoRA: modules that are trained whole and saved with the adapter, besides the head.")]
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>The settings as PEFT would hold them for a sequence classifier, whose head is always saved.</summary>
    public LoraConfig ToLoraConfig(string? baseName) => new(
        Rank,
        LoraAlpha,
        LoraDropout,
        TargetModules,
        [.. ModulesToSave, "classifier", Gpt2Weights.Score],
        baseName,
        Bias,
        UseRslora,
        UseDora,
        LoraBias,
        ExcludeModules,
        LayersToTransform.Count > 0 ? LayersToTransform : null,
        LayersPattern: null,
        RankPattern,
        AlphaPattern);
}
