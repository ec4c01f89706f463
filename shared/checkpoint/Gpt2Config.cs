using System.Text.Json;
using System.Text.Json.Serialization;

namespace FakeNewsOnnx.Checkpoint;

/// <summary>The shape of a GPT-2: what <c>config.json</c> of a base model says. Names in JSON are Transformers'.</summary>
/// <param name="ModelType">Must be <c>gpt2</c>.</param>
/// <param name="VocabularySize">V: vocabulary entries.</param>
/// <param name="Positions">Positions: the longest sequence in tokens.</param>
/// <param name="Width">C: width of the residual stream.</param>
/// <param name="Layers">L: number of blocks.</param>
/// <param name="Heads">H: attention heads per block; must divide <see cref="Width"/>.</param>
/// <param name="Inner">Width of the MLP's inner layer; null means 4 · <see cref="Width"/>.</param>
/// <param name="LayerNormEpsilon">ε of every LayerNorm.</param>
/// <param name="Activation">Must be <c>gelu_new</c>, the tanh form of GELU.</param>
/// <param name="EmbeddingDropout">Dropout after the embeddings, in training only.</param>
/// <param name="AttentionDropout">Dropout of attention probabilities, in training only.</param>
/// <param name="ResidualDropout">Dropout before each addition to the residual stream, in training only.</param>
/// <param name="InitializerRange">Standard deviation of a new head's weights; at least 0.</param>
/// <param name="ScaleAttention">Must be true: scores are divided by √(head width).</param>
/// <param name="ScaleAttentionByInverseLayer">Must be false.</param>
/// <param name="CrossAttention">Must be false.</param>
/// <param name="EndOfTextTokenId">End-of-text token; the pad where no pad is named.</param>
/// <param name="PadTokenId">Pad token, if the model names one.</param>
/// <param name="LabelNames">Label names by id, if the model is a classifier.</param>
public sealed record Gpt2Config(
    [property: JsonPropertyName("model_type")] string ModelType,
    [property: JsonPropertyName("vocab_size")] int VocabularySize,
    [property: JsonPropertyName("n_positions")] int Positions,
    [property: JsonPropertyName("n_embd")] int Width,
    [property: JsonPropertyName("n_layer")] int Layers,
    [property: JsonPropertyName("n_head")] int Heads,
    [property: JsonPropertyName("n_inner")] int? Inner = null,
    [property: JsonPropertyName("layer_norm_epsilon")] double LayerNormEpsilon = 1e-5,
    [property: JsonPropertyName("activation_function")] string Activation = "gelu_new",
    [property: JsonPropertyName("embd_pdrop")] double EmbeddingDropout = 0.1,
    [property: JsonPropertyName("attn_pdrop")] double AttentionDropout = 0.1,
    [property: JsonPropertyName("resid_pdrop")] double ResidualDropout = 0.1,
    [property: JsonPropertyName("initializer_range")] double InitializerRange = 0.02,
    [property: JsonPropertyName("scale_attn_weights")] bool ScaleAttention = true,
    [property: JsonPropertyName("scale_attn_by_inverse_layer_idx")] bool ScaleAttentionByInverseLayer = false,
    [property: JsonPropertyName("add_cross_attention")] bool CrossAttention = false,
    [property: JsonPropertyName("eos_token_id")] int? EndOfTextTokenId = null,
    [property: JsonPropertyName("pad_token_id")] int? PadTokenId = null,
    [property: JsonPropertyName("id2label")] IReadOnlyDictionary<string, string>? LabelNames = null)
{
    /// <summary>The file's name in a base model directory.</summary>
    public const string FileName = "config.json";

    /// <summary>Width of one attention head.</summary>
    [JsonIgnore]
    public int HeadWidth => Width / Heads;

    /// <summary>Width of the MLP's inner layer.</summary>
    [JsonIgnore]
    public int InnerWidth => Inner ?? 4 * Width;

    /// <summary>The token that fills rows and that pooling skips: the pad, else end-of-text, else the vocabulary's last.</summary>
    [JsonIgnore]
    public int EffectivePadTokenId => PadTokenId ?? EndOfTextTokenId ?? (VocabularySize - 1);

    /// <exception cref="InvalidDataException">Not a GPT-2 that this project computes exactly.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static Gpt2Config Load(string path)
    {
        Gpt2Config config;
        try
        {
            config = JsonSerializer.Deserialize(File.ReadAllBytes(path), Gpt2ConfigJson.Default.Gpt2Config)
                ?? throw new InvalidDataException($"{path}: the configuration is null.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: not a GPT-2 configuration: {e.Message}", e);
        }

        config.Validate(path);
        return config;
    }

    private void Validate(string path)
    {
        Check(ModelType == "gpt2", $"model_type must be 'gpt2'; found '{ModelType}'");
        Check(Activation == "gelu_new", $"activation_function must be 'gelu_new'; found '{Activation}'");
        Check(ScaleAttention, "scale_attn_weights must be true; found false");
        Check(!ScaleAttentionByInverseLayer, "scale_attn_by_inverse_layer_idx must be false; found true");
        Check(!CrossAttention, "add_cross_attention must be false; found true");
        CheckRange(VocabularySize, 1, 10_000_000, "vocab_size");
        CheckRange(Positions, 1, 1_000_000, "n_positions");
        CheckRange(Width, 1, 65_536, "n_embd");
        CheckRange(Layers, 1, 1_000, "n_layer");
        CheckRange(Heads, 1, Width, "n_head");
        CheckRange(InnerWidth, 1, 1_000_000, "n_inner");
        Check(Width % Heads == 0, $"n_head must divide n_embd; found {Heads} and {Width}");
        Check(LayerNormEpsilon is > 0 and < 1, $"layer_norm_epsilon must lie between 0 and 1; found {LayerNormEpsilon}");
        Check(InitializerRange >= 0 && double.IsFinite(InitializerRange), $"initializer_range must be at least 0 and finite; found {InitializerRange}");
        Check(EffectivePadTokenId >= 0 && EffectivePadTokenId < VocabularySize, $"the pad token must be in the vocabulary of {VocabularySize}; found {EffectivePadTokenId}");
        foreach (var (name, rate) in new[] { ("embd_pdrop", EmbeddingDropout), ("attn_pdrop", AttentionDropout), ("resid_pdrop", ResidualDropout) })
        {
            Check(rate is >= 0 and < 1, $"{name} must be at least 0 and below 1; found {rate}");
        }

        void Check(bool holds, string expectation)
        {
            if (!holds)
            {
                throw new InvalidDataException($"{path}: {expectation}.");
            }
        }

        void CheckRange(int value, int min, int max, string name) =>
            Check(value >= min && value <= max, $"{name} must lie between {min} and {max}; found {value}");
    }
}

[JsonSourceGenerationOptions(RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Gpt2Config))]
internal sealed partial class Gpt2ConfigJson : JsonSerializerContext;
