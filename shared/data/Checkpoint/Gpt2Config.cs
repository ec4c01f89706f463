using System.Text.Json;
using System.Text.Json.Serialization;

namespace FakeNewsOnnx.Data;

/// <summary>The shape of a GPT-2: what <c>config.json</c> of a base model says. Names in JSON are Transformers'.</summary>
public sealed record Gpt2Config
{
    /// <summary>The file's name in a base model directory.</summary>
    public const string FileName = "config.json";

    /// <summary>Must be <c>gpt2</c>.</summary>
    [JsonPropertyName("model_type")]
    public required string ModelType { get; init; }

    /// <summary>V: vocabulary entries.</summary>
    [JsonPropertyName("vocab_size")]
    public required int VocabularySize { get; init; }

    /// <summary>Positions: the longest sequence in tokens.</summary>
    [JsonPropertyName("n_positions")]
    public required int Positions { get; init; }

    /// <summary>C: width of the residual stream.</summary>
    [JsonPropertyName("n_embd")]
    public required int Width { get; init; }

    /// <summary>L: number of blocks.</summary>
    [JsonPropertyName("n_layer")]
    public required int Layers { get; init; }

    /// <summary>H: attention heads per block; must divide <see cref="Width"/>.</summary>
    [JsonPropertyName("n_head")]
    public required int Heads { get; init; }

    /// <summary>Width of the MLP's inner layer; null means 4 · <see cref="Width"/>.</summary>
    [JsonPropertyName("n_inner")]
    public int? Inner { get; init; }

    /// <summary>ε of every LayerNorm.</summary>
    [JsonPropertyName("layer_norm_epsilon")]
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Must be <c>gelu_new</c>, the tanh form of GELU.</summary>
    [JsonPropertyName("activation_function")]
    public string Activation { get; init; } = "gelu_new";

    /// <summary>Dropout after the embeddings, in training only.</summary>
    [JsonPropertyName("embd_pdrop")]
    public double EmbeddingDropout { get; init; } = 0.1;

    /// <summary>Dropout of attention probabilities, in training only.</summary>
    [JsonPropertyName("attn_pdrop")]
    public double AttentionDropout { get; init; } = 0.1;

    /// <summary>Dropout before each addition to the residual stream, in training only.</summary>
    [JsonPropertyName("resid_pdrop")]
    public double ResidualDropout { get; init; } = 0.1;

    /// <summary>Standard deviation of a new head's weights.</summary>
    [JsonPropertyName("initializer_range")]
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Must be true: scores are divided by √(head width).</summary>
    [JsonPropertyName("scale_attn_weights")]
    public bool ScaleAttention { get; init; } = true;

    /// <summary>Must be false.</summary>
    [JsonPropertyName("scale_attn_by_inverse_layer_idx")]
    public bool ScaleAttentionByInverseLayer { get; init; }

    /// <summary>Must be false.</summary>
    [JsonPropertyName("add_cross_attention")]
    public bool CrossAttention { get; init; }

    /// <summary>End-of-text token; the pad where no pad is named.</summary>
    [JsonPropertyName("eos_token_id")]
    public int? EndOfTextTokenId { get; init; }

    /// <summary>Pad token, if the model names one.</summary>
    [JsonPropertyName("pad_token_id")]
    public int? PadTokenId { get; init; }

    /// <summary>Label names by id, if the model is a classifier.</summary>
    [JsonPropertyName("id2label")]
    public IReadOnlyDictionary<string, string>? LabelNames { get; init; }

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

[JsonSerializable(typeof(Gpt2Config))]
internal sealed partial class Gpt2ConfigJson : JsonSerializerContext;
