using System.ComponentModel;
using System.Text.Json.Serialization;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Train.Recipes;

/// <content>Which articles there are, and which of them are read.</content>
internal sealed partial record Recipe
{
    /// <summary>The help of <c>--encoding</c>, also in commands that have no recipe.</summary>
    internal const string EncodingDescription = "The encoding of CSV and JSON, such as windows-1252 or utf-16le, where it is not UTF-8 and no byte order mark tells it.";

    [JsonPropertyName("map_labels")]
    [Description("What the data calls the labels, where that differs: 0=fake,1=real,FALSE=fake.")]
    public IReadOnlyList<string> MapLabels { get; init; } = [];

    [JsonPropertyName("encoding")]
    [Description(EncodingDescription)]
    public string? Encoding { get; init; }

    [JsonPropertyName("validation_fraction")]
    [Description("Part of --data that chooses the best weights, unless --validation-data names files or the data set has splits; above 0, below 1.")]
    public double ValidationFraction { get; init; } = 0.2;

    [JsonPropertyName("test_fraction")]
    [Description("Part of --data that is held out for the final measurement, unless --test-data names files or the data set has splits; at least 0, below 1.")]
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

    /// <summary>The labels by what the data calls them, where that differs.</summary>
    public Dictionary<string, string> LabelNames() => MapLabels.Select(SplitMapping).ToDictionary(entry => entry.Found, entry => entry.Label, StringComparer.Ordinal);

    /// <summary>The encoding of CSV and JSON; null for UTF-8 and what a byte order mark says.</summary>
    /// <exception cref="UsageException">There is no such encoding.</exception>
    public TextEncoding? ReadEncoding() => Encoding is null ? null : TextEncoding.Parse(Encoding);

    private static (string Found, string Label) SplitMapping(string mapping) =>
        mapping.LastIndexOf('=') is var split and > 0 ? (mapping[..split], mapping[(split + 1)..]) : (mapping, "");

    private void ValidateData(Action<bool, string, object?> check)
    {
        _ = ReadEncoding();
        string? unmapped = MapLabels.FirstOrDefault(mapping => !Labels.Concat(IgnoreLabels).Contains(SplitMapping(mapping).Label));
        check(unmapped is null, "map_labels must be of the form found=label, with one of labels or ignore_labels", unmapped);
        check(MapLabels.DistinctBy(mapping => SplitMapping(mapping).Found).Count() == MapLabels.Count, "map_labels must not map one label twice", string.Join(',', MapLabels));
        check(ValidationFraction is > 0 and < 1, "validation_fraction must lie between 0 and 1", ValidationFraction);
        check(TestFraction is >= 0 and < 1, "test_fraction must be at least 0 and below 1", TestFraction);
        check(ValidationFraction + TestFraction < 1, "validation_fraction and test_fraction must leave articles to train on; their sum is", ValidationFraction + TestFraction);
        check(TrainRows is null or > 0, "train_rows must be at least 1", TrainRows);
        check(SampleRows >= 0, "sample_rows must be at least 0", SampleRows);
        check(MaxLength is null or > 0, "max_length must be at least 1", MaxLength);
    }
}
