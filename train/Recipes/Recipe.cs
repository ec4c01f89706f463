using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Train.Recipes;

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

    [JsonPropertyName("dropout")]
    [Description("GPT-2's own dropouts, all three; by default what the base's config.json says.")]
    public double? Dropout { get; init; }

    internal static JsonSerializerOptions Format { get; } = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>Reads a recipe and lays single values over it.</summary>
    /// <param name="path">A file, or the name of a recipe that ships with the program; null for the defaults.</param>
    /// <param name="overrides">Values by their JSON names.</param>
    /// <exception cref="InvalidDataException">Not JSON, an unknown key, a value of another type or out of its range.</exception>
    public static Recipe Load(string? path, JsonObject overrides)
    {
        string source = path ?? "recipe";
        JsonObject json = path is null ? [] : JsonObjects.Parse(ShippedRecipes.Read(path), source, "a recipe");
        try
        {
            json.Remove(RecipeSchema.Key);
            foreach (var (name, value) in overrides)
            {
                json[name] = value?.DeepClone();
            }

            if (json.FirstOrDefault(entry => entry.Value is JsonArray list && list.Contains(null)).Key is { } key)
            {
                throw new JsonException($"{key}: a list must have no null in it.");
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
        try
        {
            _ = new LabelMap(Labels);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{source}: labels: {e.Message}", e);
        }

        ToLoraConfig(baseName: null).Validate(source);
        Check(Dropout is null or (>= 0 and < 1), "dropout must be at least 0 and below 1", Dropout);
        ValidateData(Check);
        ValidateTraining(Check);

        void Check(bool holds, string expectation, object? found)
        {
            if (!holds)
            {
                throw new InvalidDataException(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{source}: {expectation}; found {found}."));
            }
        }
    }
}
