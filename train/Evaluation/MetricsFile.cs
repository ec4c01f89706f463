using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Train.Data;

namespace FakeNewsOnnx.Train.Evaluation;

/// <summary><c>metrics.json</c>: what <c>train fit</c> measured on its own articles, or <c>train eval</c> on others.</summary>
internal sealed record MetricsFile
{
    /// <summary>The file's name.</summary>
    public const string FileName = "metrics.json";

    /// <summary>A fit's validation articles, which chose the weights and the temperature.</summary>
    [JsonPropertyName("validation")]
    public MetricsReport? Validation { get; init; }

    /// <summary>A fit's held-out articles.</summary>
    [JsonPropertyName("test")]
    public MetricsReport? Test { get; init; }

    /// <summary>What the fit measured on its own source, beside <see cref="CrossDomain"/>.</summary>
    [JsonPropertyName("in_domain")]
    public MetricsReport? InDomain { get; init; }

    /// <summary>An evaluation on articles of another source.</summary>
    [JsonPropertyName("cross_domain")]
    public MetricsReport? CrossDomain { get; init; }

    /// <summary>What a fit says of its own source: held-out articles, or validation articles where none were held out.</summary>
    [JsonIgnore]
    public MetricsReport? Own => Test ?? Validation;

    private static JsonSerializerOptions Format { get; } = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Writes the file into a folder.</summary>
    public void Save(string folder) => AtomicFile.Write(Path.Combine(folder, FileName), stream => JsonSerializer.Serialize(stream, this, Format));

    /// <summary>Reads a folder's file; null where it has none.</summary>
    /// <exception cref="InvalidDataException">It is not what <see cref="Save"/> writes.</exception>
    public static MetricsFile? TryLoad(string folder) =>
        Path.Combine(folder, FileName) is var path && File.Exists(path) ? JsonFile.Read<MetricsFile>(path) : null;

    /// <summary>A report as it stands in the file.</summary>
    public static JsonObject ToJson(MetricsReport report) => JsonSerializer.SerializeToNode(report, Format)!.AsObject();
}
