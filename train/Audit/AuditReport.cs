using System.Text.Json.Serialization;

namespace FakeNewsOnnx.Train.Audit;

/// <summary>How much a finding matters.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Severity>))]
internal enum Severity
{
    /// <summary>Good to know.</summary>
    [JsonStringEnumMemberName("note")]
    Note,

    /// <summary>May make a measurement look better than it is.</summary>
    [JsonStringEnumMemberName("warning")]
    Warning,

    /// <summary>A model can score well on this data without learning what was meant.</summary>
    [JsonStringEnumMemberName("serious")]
    Serious,
}

/// <summary>Something that the audit found, as a table that a terminal, a JSON file and a web page can show.</summary>
/// <param name="Id">A stable name in snake case: "near_duplicates_across_splits".</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Title">A short line.</param>
/// <param name="Detail">What was found, with its figures, in a sentence or two.</param>
/// <param name="Columns">The evidence table's header.</param>
/// <param name="Rows">The evidence, the strongest first; its texts come from the articles.</param>
internal sealed record Finding(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("severity")] Severity Severity,
    [property: JsonPropertyName("title")] string Title,
    [property: JsonPropertyName("detail")] string Detail,
    [property: JsonPropertyName("columns")] IReadOnlyList<string> Columns,
    [property: JsonPropertyName("rows")] IReadOnlyList<IReadOnlyList<string>> Rows);

/// <summary>What a data set reveals about its labels besides what is true or false.</summary>
/// <param name="Articles">Articles looked at.</param>
/// <param name="Verdict">The result in plain sentences, the most important first.</param>
/// <param name="Findings">The most severe first.</param>
internal sealed record AuditReport(
    [property: JsonPropertyName("articles")] int Articles,
    [property: JsonPropertyName("verdict")] IReadOnlyList<string> Verdict,
    [property: JsonPropertyName("findings")] IReadOnlyList<Finding> Findings);
