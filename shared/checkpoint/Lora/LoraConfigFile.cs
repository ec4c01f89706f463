using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Checkpoint;

/// <summary>Reads and writes <c>adapter_config.json</c> with the keys that PEFT 0.20 writes.</summary>
public static class LoraConfigFile
{
    /// <summary>The file's name in an adapter directory.</summary>
    public const string FileName = "adapter_config.json";

    /// <summary>PEFT's keys with the values that leave a classifier's numbers alone, in PEFT's order.</summary>
    private const string Defaults = """
        {
          "alora_invocation_tokens": null, "alpha_pattern": {}, "arrow_config": null, "auto_mapping": null,
          "base_model_name_or_path": null, "bias": "none", "corda_config": null, "ensure_weight_tying": false,
          "eva_config": null, "exclude_modules": null, "fan_in_fan_out": true, "inference_mode": true,
          "init_lora_weights": true, "layer_replication": null, "layers_pattern": null, "layers_to_transform": null,
          "loftq_config": {}, "lora_alpha": 8, "lora_bias": false, "lora_dropout": 0.0, "lora_ga_config": null,
          "megatron_config": null, "megatron_core": "megatron.core", "modules_to_save": null, "monteclora_config": null,
          "peft_type": "LORA", "peft_version": "0.20.0", "qalora_group_size": 16, "r": 8, "rank_pattern": {},
          "revision": null, "target_modules": null, "target_parameters": null, "task_type": "SEQ_CLS",
          "trainable_token_indices": null, "use_bdlora": null, "use_dora": false, "use_qalora": false,
          "use_rslora": false, "velora_config": null
        }
        """;

    /// <summary>Keys whose value is read into <see cref="LoraConfig"/>, or has no effect on a trained adapter's numbers.</summary>
    private static readonly HashSet<string> Free =
    [
        "alpha_pattern", "auto_mapping", "base_model_name_or_path", "bias", "ensure_weight_tying", "exclude_modules",
        "fan_in_fan_out", "inference_mode", "layers_pattern", "layers_to_transform", "lora_alpha", "lora_bias", "lora_dropout",
        "megatron_core", "modules_to_save", "peft_version", "qalora_group_size", "r", "rank_pattern", "revision",
        "runtime_config", "target_modules", "use_dora", "use_rslora",
    ];

    /// <summary>Ways to start A and B that leave the base's weights alone; the others (PiSSA, OLoRA, CorDA, LoftQ) change them.</summary>
    private static readonly string[] FreeInitializations = ["true", "false", "\"gaussian\"", "\"eva\"", "\"orthogonal\""];

    /// <summary>Reads a configuration.</summary>
    /// <param name="path">The file.</param>
    /// <param name="unknownKeys">Keys that PEFT 0.20 does not have; they are ignored, and the caller reports them.</param>
    /// <exception cref="InvalidDataException">Not a LoRA configuration, a value out of range, or an option that changes the maths and is not supported.</exception>
    public static LoraConfig Load(string path, out IReadOnlyList<string> unknownKeys)
    {
        JsonObject json = JsonObjects.Parse(File.ReadAllBytes(path), path, "an adapter configuration");
        try
        {
            unknownKeys = CheckOptions(json, path);
            LoraConfig config = json.Deserialize(LoraConfigJson.Default.LoraConfig)!;
            config.Validate(path);
            return config;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: not a LoRA configuration: {e.Message}", e);
        }
    }

    /// <summary>Writes a configuration that PEFT reads, whole or not at all. As in PEFT's, targets that it chose are written out.</summary>
    public static void Save(string path, LoraConfig config)
    {
        ModuleSelection targets = config.TargetModules switch
        {
            null => LoraConfig.DefaultTargets,
            { Pattern: ModuleSelection.AllLinear } => new(["c_attn", "c_proj", "c_fc"]),
            var chosen => chosen,
        };
        JsonObject json = JsonNode.Parse(Defaults)!.AsObject();
        foreach (var (key, value) in JsonSerializer.SerializeToNode(config with { TargetModules = targets }, LoraConfigJson.Default.LoraConfig)!.AsObject())
        {
            json[key] = value?.DeepClone() ?? json[key]?.DeepClone();
        }

        AtomicFile.Write(path, stream =>
        {
            using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
            json.WriteTo(writer);
        });
    }

    private static List<string> CheckOptions(JsonObject json, string path)
    {
        JsonObject defaults = JsonNode.Parse(Defaults)!.AsObject();
        var unknown = new List<string>();
        foreach (var (key, value) in json)
        {
            if (Free.Contains(key))
            {
                continue;
            }

            if (!defaults.TryGetPropertyValue(key, out JsonNode? neutral))
            {
                unknown.Add(key);
            }
            else if (value is not null && !JsonNode.DeepEquals(value, neutral) && !(key == "init_lora_weights" && FreeInitializations.Contains(value.ToJsonString())))
            {
                throw new InvalidDataException($"{path}: {key} must be {neutral?.ToJsonString() ?? "null"}; {value.ToJsonString()} is not supported.");
            }
        }

        return unknown;
    }
}

[JsonSourceGenerationOptions(RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(LoraConfig))]
internal sealed partial class LoraConfigJson : JsonSerializerContext;
