using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace FakeNewsOnnx.Data;

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

    /// <summary>Keys that any value may have: read into <see cref="LoraConfig"/>, or of no effect on a trained adapter's numbers.</summary>
    private static readonly HashSet<string> Free =
    [
        "auto_mapping", "base_model_name_or_path", "fan_in_fan_out", "inference_mode", "lora_alpha", "lora_dropout",
        "megatron_core", "modules_to_save", "peft_version", "qalora_group_size", "r", "revision", "runtime_config",
        "target_modules", "ensure_weight_tying",
    ];

    /// <summary>Reads a configuration.</summary>
    /// <param name="path">The file.</param>
    /// <param name="unknownKeys">Keys that PEFT 0.20 does not have; they are ignored, and the caller reports them.</param>
    /// <exception cref="InvalidDataException">Not a LoRA configuration, a value out of range, or an option that changes the maths and is not supported.</exception>
    public static LoraConfig Load(string path, out IReadOnlyList<string> unknownKeys)
    {
        try
        {
            JsonObject json = JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject
                ?? throw new InvalidDataException($"{path}: an adapter configuration must be a JSON object.");
            unknownKeys = CheckOptions(json, path);
            LoraConfig config = json.Deserialize(LoraConfigJson.Default.LoraConfig)!;
            Validate(config, path);
            return config;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: not a LoRA configuration: {e.Message}", e);
        }
    }

    /// <summary>Writes a configuration that PEFT reads, whole or not at all.</summary>
    public static void Save(string path, LoraConfig config)
    {
        JsonObject json = JsonNode.Parse(Defaults)!.AsObject();
        foreach (var (key, value) in JsonSerializer.SerializeToNode(config, LoraConfigJson.Default.LoraConfig)!.AsObject())
        {
            json[key] = value?.DeepClone();
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
            else if (value is not null && !JsonNode.DeepEquals(value, neutral))
            {
                throw new InvalidDataException($"{path}: {key} must be {neutral?.ToJsonString() ?? "null"}; {value.ToJsonString()} is not supported.");
            }
        }

        return unknown;
    }

    private static void Validate(LoraConfig config, string path)
    {
        if (config.Rank is < 1 or > 65_536)
        {
            throw new InvalidDataException($"{path}: r must lie between 1 and 65536; found {config.Rank}.");
        }

        if (!double.IsFinite(config.Alpha))
        {
            throw new InvalidDataException($"{path}: lora_alpha must be finite; found {config.Alpha}.");
        }

        if (config.Dropout is not (>= 0 and < 1))
        {
            throw new InvalidDataException($"{path}: lora_dropout must be at least 0 and below 1; found {config.Dropout}.");
        }
    }
}

[JsonSourceGenerationOptions(RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(LoraConfig))]
internal sealed partial class LoraConfigJson : JsonSerializerContext;
