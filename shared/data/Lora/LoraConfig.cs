using System.Text.Json.Serialization;

namespace FakeNewsOnnx.Data;

/// <summary>What <c>adapter_config.json</c> says: PEFT's LoraConfig, as far as it changes what a classifier computes.</summary>
/// <remarks>LoRA: https://arxiv.org/abs/2106.09685. Read and written by <see cref="LoraConfigFile"/>.</remarks>
public sealed record LoraConfig
{
    /// <summary>The rank of A and B; at least 1.</summary>
    [JsonPropertyName("r")]
    public required int Rank { get; init; }

    /// <summary>α: an update is scaled by α / r.</summary>
    [JsonPropertyName("lora_alpha")]
    public required double Alpha { get; init; }

    /// <summary>Dropout of the update's input, in training only; at least 0, below 1.</summary>
    [JsonPropertyName("lora_dropout")]
    public double Dropout { get; init; }

    /// <summary>The modules that get an update; PEFT's default for GPT-2 is <c>c_attn</c>.</summary>
    [JsonPropertyName("target_modules")]
    public ModuleSelection TargetModules { get; init; } = new(["c_attn"]);

    /// <summary>Modules that are trained whole and saved with the adapter; a set, whatever order and repetition the file has.</summary>
    [JsonPropertyName("modules_to_save")]
    public IReadOnlyList<string>? ModulesToSave { get; init; }

    /// <summary>The base model's name on the hub.</summary>
    [JsonPropertyName("base_model_name_or_path")]
    public string? BaseModel { get; init; }

    /// <summary>The update of a module, or null where the module has none.</summary>
    /// <param name="module">The module's full name: <c>transformer.h.0.attn.c_attn</c>.</param>
    public LoraTarget? Resolve(string module) =>
        TargetModules.Contains(module) ? new(Rank, Alpha / Rank) : null;
}

/// <summary>The update of one module: W + scaling · B·A.</summary>
/// <param name="Rank">Rows of A [r, in] and columns of B [out, r].</param>
/// <param name="Scaling">What B·A is multiplied by.</param>
public readonly record struct LoraTarget(int Rank, double Scaling);
