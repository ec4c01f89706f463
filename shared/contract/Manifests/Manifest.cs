using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FakeNewsOnnx;

/// <summary>
/// What a trained classifier means by its numbers: <c>fakenews.json</c> in an adapter directory and the
/// <see cref="MetadataKey"/> entry of an ONNX file.
/// </summary>
public sealed record Manifest
{
    /// <summary>The manifest's file name in an adapter directory.</summary>
    public const string FileName = "fakenews.json";

    /// <summary>The manifest's key in an ONNX file's <c>metadata_props</c>; the tokenizer files use their own names.</summary>
    public const string MetadataKey = "fakenews.json";

    /// <summary>The only pooling there is: the logits at the rightmost token whose id is not the pad id, 0 if there is none.</summary>
    public const string RightmostNonPad = "rightmost_non_pad";

    /// <summary>The version of this layout that is written and read.</summary>
    public const int CurrentVersion = 1;

    /// <summary>As many positions as a model's configuration may have.</summary>
    private const int MostTokens = 1_000_000;

    /// <summary>Layout version, <see cref="CurrentVersion"/>.</summary>
    [JsonPropertyName("manifest_version")]
    public required int Version { get; init; }

    /// <summary>Label names in the order of their ids, at least two.</summary>
    [JsonPropertyName("labels")]
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Token id that fills a row on the right and that pooling skips; 50256 for GPT-2.</summary>
    [JsonPropertyName("pad_token_id")]
    public required int PadTokenId { get; init; }

    /// <summary>How one token is chosen for the head: <see cref="RightmostNonPad"/>.</summary>
    [JsonPropertyName("pooling")]
    public required string Pooling { get; init; }

    /// <summary>Tokens of an article that the model reads, from its start; at most the model's positions.</summary>
    [JsonPropertyName("max_tokens")]
    public required int MaxTokens { get; init; }

    /// <summary>How an article becomes text: <see cref="Article.TextFormat"/>.</summary>
    [JsonPropertyName("text_format")]
    public required string TextFormat { get; init; }

    /// <summary>T &gt; 0 in probabilities = softmax(logits / T).</summary>
    [JsonPropertyName("temperature")]
    public required double Temperature { get; init; }

    /// <summary>The base model's name, as on the Hugging Face hub.</summary>
    [JsonPropertyName("base_model")]
    public string? BaseModel { get; init; }

    /// <summary>The hub's commit that the base was taken from; null for a directory of the user's own.</summary>
    [JsonPropertyName("base_model_revision")]
    public string? BaseModelRevision { get; init; }

    /// <summary>SHA-256 of the base's <c>model.safetensors</c>, in hexadecimal.</summary>
    [JsonPropertyName("base_model_sha256")]
    public string? BaseModelSha256 { get; init; }

    /// <summary>SHA-256 of the adapter's weights file, in hexadecimal; set by the exporter, null without an adapter.</summary>
    [JsonPropertyName("adapter_sha256")]
    public string? AdapterSha256 { get; init; }

    /// <summary>How an ONNX file stores and multiplies its large weights: fp32, fp16 or int8; set by the exporter.</summary>
    [JsonPropertyName("precision")]
    public string? Precision { get; init; }

    /// <summary>SHA-256 of <c>vocab.json</c> followed by <c>merges.txt</c>; null when the base came without a tokenizer.</summary>
    [JsonPropertyName("tokenizer_sha256")]
    public string? TokenizerSha256 { get; init; }

    /// <summary>SHA-256 of the training file's bytes; of several files, SHA-256 of their hashes one after the other.</summary>
    [JsonPropertyName("training_data_sha256")]
    public string? TrainingDataSha256 { get; init; }

    /// <summary>The data sets on the hub and their commits, as <c>hub:owner/name@commit</c>; null for files of the user's own.</summary>
    [JsonPropertyName("training_data_revision")]
    public string? TrainingDataRevision { get; init; }

    /// <summary>Measured values by name, such as <c>accuracy</c>.</summary>
    [JsonPropertyName("metrics")]
    public IReadOnlyDictionary<string, double>? Metrics { get; init; }

    /// <summary>Fixed texts with the logits that TorchSharp gave them; null when the adapter was made elsewhere.</summary>
    [JsonPropertyName("self_test")]
    public SelfTest? SelfTest { get; init; }

    /// <summary>Reads and checks a manifest.</summary>
    /// <param name="utf8Json">The JSON text.</param>
    /// <param name="source">The file that it came from, for messages.</param>
    /// <exception cref="InvalidDataException">Not JSON, a missing field, or a value out of its range.</exception>
    public static Manifest Parse(ReadOnlySpan<byte> utf8Json, string source)
    {
        Manifest manifest;
        try
        {
            manifest = JsonSerializer.Deserialize(utf8Json, ManifestJson.Default.Manifest)
                ?? throw new InvalidDataException($"{source}: the manifest is null.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{source}: not a manifest: {e.Message}", e);
        }

        manifest.Validate(source);
        return manifest;
    }

    /// <summary>The manifest as indented UTF-8 JSON.</summary>
    public byte[] ToUtf8Json() => JsonSerializer.SerializeToUtf8Bytes(this, ManifestJson.Default.Manifest);

    private void Validate(string source)
    {
        Check(Version == CurrentVersion, $"manifest_version must be {CurrentVersion}; found {Version}.");
        Check(Labels is { Count: >= 2 }, "labels must name at least two labels.");
        try
        {
            _ = new LabelMap(Labels);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{source}: labels: {e.Message}", e);
        }

        Check(PadTokenId >= 0, $"pad_token_id must not be negative; found {PadTokenId}.");
        Check(Pooling == RightmostNonPad, $"pooling must be '{RightmostNonPad}'; found '{Pooling}'.");
        Check(MaxTokens is > 0 and <= MostTokens, $"max_tokens must lie between 1 and {MostTokens}; found {MaxTokens}.");
        Check(TextFormat == Article.TextFormat, "text_format must be title, an empty line, content; found another.");
        Check(double.IsFinite(Temperature) && Temperature > 0, $"temperature must be positive; found {Temperature}.");
        foreach (var (name, value) in Metrics ?? new Dictionary<string, double>())
        {
            Check(double.IsFinite(value), $"metrics '{name}' must be a finite number; found {value}.");
        }

        Check(SelfTest?.Tolerance is null or (>= 0 and <= double.MaxValue), $"self_test tolerance must be a finite number from 0; found {SelfTest?.Tolerance}.");
        foreach (var (i, test) in (SelfTest?.Cases ?? []).Index())
        {
            Check(test is not null, $"self_test case {i} must be an object; found null.");
            Check(test.Logits.Count == Labels.Count, $"self_test case {i} must have {Labels.Count} logits; found {test.Logits.Count}.");
            Check(test.Logits.All(float.IsFinite), $"self_test case {i} must have finite logits; found {string.Join(", ", test.Logits.Take(Labels.Count))}.");
            Check(test.InputIds.Count > 0 && test.InputIds.Count <= MaxTokens, $"self_test case {i} must have from 1 to {MaxTokens} input_ids; found {test.InputIds.Count}.");
        }

        void Check([DoesNotReturnIf(false)] bool holds, string expectation)
        {
            if (!holds)
            {
                throw new InvalidDataException($"{source}: {expectation}");
            }
        }
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, NewLine = "\n", RespectNullableAnnotations = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Manifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;
