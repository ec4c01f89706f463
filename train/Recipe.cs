using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace FakeNewsOnnx.Train;

/// <summary>
/// Every setting of a fine-tuning run, with Transformers' and PEFT's names. This is each setting's only home: the recipe
/// file, the command line and its help are made from these properties.
/// </summary>
internal sealed partial record Recipe
{
    [JsonPropertyName("labels")]
    [Description("Label names in the order of their ids.")]
    public IReadOnlyList<string> Labels { get; init; } = LabelMap.Default.Names;

    [JsonPropertyName("ignore_labels")]
    [Description("Labels whose rows are left out, unless --labels names them; any other unknown label is an error.")]
    public IReadOnlyList<string> IgnoreLabels { get; init; } = [];

    [JsonPropertyName("column")]
    [Description("Column names that differ from title, content and classification: title=headline,label=verdict.")]
    public IReadOnlyList<string> Columns { get; init; } = [];

    [JsonPropertyName("validation_fraction")]
    [Description("Part of the articles that chooses the best epoch; above 0, below 1.")]
    public double ValidationFraction { get; init; } = 0.2;

    [JsonPropertyName("test_fraction")]
    [Description("Part of the articles that is held out for the final measurement; above 0, below 1.")]
    public double TestFraction { get; init; } = 0.2;

    [JsonPropertyName("split_seed")]
    [Description("Chooses which articles fall into which part, by a hash of their content.")]
    public int SplitSeed { get; init; }

    [JsonPropertyName("max_length")]
    [Description("Tokens of an article that are read, from its start; at most, and by default, the model's positions.")]
    public int? MaxLength { get; init; }

    [JsonPropertyName("dropout")]
    [Description("GPT-2's own dropouts, all three; by default what the base's config.json says.")]
    public double? Dropout { get; init; }

    [JsonPropertyName("learning_rate")]
    [Description("AdamW's first learning rate; it falls linearly to 0.")]
    public double LearningRate { get; init; } = 2e-3;

    [JsonPropertyName("weight_decay")]
    [Description("AdamW's decoupled weight decay; at least 0.")]
    public double WeightDecay { get; init; } = 0.01;

    [JsonPropertyName("max_grad_norm")]
    [Description("Gradients are scaled down to this norm; above 0.")]
    public double MaxGradNorm { get; init; } = 1.0;

    [JsonPropertyName("num_train_epochs")]
    [Description("Passes over the training articles; at least 1.")]
    public int Epochs { get; init; } = 6;

    [JsonPropertyName("per_device_train_batch_size")]
    [Description("Articles a step; at least 1.")]
    public int TrainBatchSize { get; init; } = 16;

    [JsonPropertyName("per_device_eval_batch_size")]
    [Description("Articles a batch in evaluation; at least 1; changes no result.")]
    public int EvalBatchSize { get; init; } = 16;

    [JsonPropertyName("seed")]
    [Description("Seed of the new weights, the dropouts and the order of the articles.")]
    public int Seed { get; init; } = 42;

    private static JsonSerializerOptions Format { get; } = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
    };

    /// <summary>Reads a recipe file and lays single values over it.</summary>
    /// <param name="path">The file; null for the defaults.</param>
    /// <param name="overrides">Values by their JSON names.</param>
    /// <exception cref="InvalidDataException">Not JSON, an unknown key, a value of another type or out of its range.</exception>
    public static Recipe Load(string? path, JsonObject overrides)
    {
        string source = path ?? "recipe";
        try
        {
            JsonObject json = path is null ? [] : JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject
                ?? throw new InvalidDataException($"{source}: a recipe must be a JSON object.");
            foreach (var (key, value) in overrides)
            {
                json[key] = value?.DeepClone();
            }

            Recipe recipe = json.Deserialize<Recipe>(Format)!;
            recipe.Validate(source);
            return recipe;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{source}: not a recipe: {e.Message}", e);
        }
    }

    /// <summary>The recipe as it was resolved, for the run's folder.</summary>
    public byte[] ToUtf8Json() => JsonSerializer.SerializeToUtf8Bytes(this, Format);

    private void Validate(string source)
    {
        ToLoraConfig(baseName: null).Validate(source);
        Check(ValidationFraction is > 0 and < 1, "validation_fraction must lie between 0 and 1", ValidationFraction);
        Check(TestFraction is > 0 and < 1, "test_fraction must lie between 0 and 1", TestFraction);
        Check(ValidationFraction + TestFraction < 1, "validation_fraction and test_fraction must leave articles to train on; their sum is", ValidationFraction + TestFraction);
        Check(MaxLength is null or > 0, "max_length must be at least 1", MaxLength);
        Check(Dropout is null or (>= 0 and < 1), "dropout must be at least 0 and below 1", Dropout);
        Check(LearningRate is > 0 and < 1e3, "learning_rate must be above 0", LearningRate);
        Check(WeightDecay is >= 0 and < 1e3, "weight_decay must be at least 0", WeightDecay);
        Check(MaxGradNorm is > 0, "max_grad_norm must be above 0", MaxGradNorm);
        Check(Epochs >= 1, "num_train_epochs must be at least 1", Epochs);
        Check(TrainBatchSize >= 1, "per_device_train_batch_size must be at least 1", TrainBatchSize);
        Check(EvalBatchSize >= 1, "per_device_eval_batch_size must be at least 1", EvalBatchSize);

        void Check(bool holds, string expectation, object? found)
        {
            if (!holds)
            {
                throw new InvalidDataException(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{source}: {expectation}; found {found}."));
            }
        }
    }
}
