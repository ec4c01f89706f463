using System.ComponentModel;
using System.Text.Json.Serialization;

namespace FakeNewsOnnx.Train;

/// <content>Which articles there are, and which of them are read.</content>
internal sealed partial record Recipe
{
    [JsonPropertyName("validation_fraction")]
    [Description("Part of --data that chooses the best weights, unless --validation-data names a file; above 0, below 1.")]
    public double ValidationFraction { get; init; } = 0.2;

    [JsonPropertyName("test_fraction")]
    [Description("Part of --data that is held out for the final measurement, unless --test-data names a file; at least 0, below 1.")]
    public double TestFraction { get; init; } = 0.2;

    [JsonPropertyName("split_seed")]
    [Description("Chooses which articles fall into which part, by a hash of their content.")]
    public int SplitSeed { get; init; }

    [JsonPropertyName("train_rows")]
    [Description("Train on this many articles only, chosen as Hugging Face datasets' shuffle(seed).select(range(n)) does.")]
    public int? TrainRows { get; init; }

    [JsonPropertyName("sample_rows")]
    [Description("Show this many held-out articles with their predictions at the end, chosen the same way; 0 for none.")]
    public int SampleRows { get; init; }

    [JsonPropertyName("max_length")]
    [Description("Tokens of an article that are read, from its start; at most, and by default, the model's positions.")]
    public int? MaxLength { get; init; }

    private void ValidateData(Action<bool, string, object?> check)
    {
        check(ValidationFraction is > 0 and < 1, "validation_fraction must lie between 0 and 1", ValidationFraction);
        check(TestFraction is >= 0 and < 1, "test_fraction must be at least 0 and below 1", TestFraction);
        check(ValidationFraction + TestFraction < 1, "validation_fraction and test_fraction must leave articles to train on; their sum is", ValidationFraction + TestFraction);
        check(TrainRows is null or > 0, "train_rows must be at least 1", TrainRows);
        check(SampleRows >= 0, "sample_rows must be at least 0", SampleRows);
        check(MaxLength is null or > 0, "max_length must be at least 1", MaxLength);
    }
}
