using System.Text.Json.Serialization;

namespace FakeNewsOnnx.Data;

/// <summary>What <c>adapter_config.json</c> says: PEFT's LoraConfig, as far as it changes what a classifier computes.</summary>
/// <remarks>LoRA: https://arxiv.org/abs/2106.09685. Read and written by <see cref="LoraConfigFile"/>.</remarks>
/// <param name="Rank">The rank of A and B; at least 1.</param>
/// <param name="Alpha">α: an update is scaled by α / r.</param>
/// <param name="Dropout">Dropout of the update's input, in training only; at least 0, below 1.</param>
/// <param name="TargetModules">The modules that get an update; null stands for PEFT's default for GPT-2, <c>c_attn</c>.</param>
/// <param name="ModulesToSave">Modules that are trained whole and saved with the adapter; a set, whatever order and repetition the file has.</param>
/// <param name="BaseModel">The base model's name on the hub.</param>
public sealed record LoraConfig(
    [property: JsonPropertyName("r")] int Rank,
    [property: JsonPropertyName("lora_alpha")] double Alpha,
    [property: JsonPropertyName("lora_dropout")] double Dropout = 0,
    [property: JsonPropertyName("target_modules")] ModuleSelection? TargetModules = null,
    [property: JsonPropertyName("modules_to_save")] IReadOnlyList<string>? ModulesToSave = null,
    [property: JsonPropertyName("base_model_name_or_path")] string? BaseModel = null)
{
    private static readonly ModuleSelection DefaultTargets = new(["c_attn"]);

    /// <summary>The update of a module, or null where the module has none.</summary>
    /// <param name="module">The module's full name: <c>transformer.h.0.attn.c_attn</c>.</param>
    public LoraTarget? Resolve(string module) =>
        (TargetModules ?? DefaultTargets).Contains(module) ? new(Rank, Alpha / Rank) : null;
}

/// <summary>The update of one module: W + scaling · B·A.</summary>
/// <param name="Rank">Rows of A [r, in] and columns of B [out, r].</param>
/// <param name="Scaling">What B·A is multiplied by.</param>
public readonly record struct LoraTarget(int Rank, double Scaling);
