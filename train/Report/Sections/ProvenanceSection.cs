using System.Text.Json;
using FakeNewsOnnx.Train.Recipes;

namespace FakeNewsOnnx.Train.Report.Sections;

/// <summary>What it was made from, how long it took, and on what.</summary>
internal static class ProvenanceSection
{
    public static Section? Create(ReportData data) => new("provenance", "How it was made", Html.Of($"""
        {Pairs("Articles", data.Articles.Select(entry => (entry.What, Text.Count(entry.Articles))))}
        {Pairs("Files (SHA-256)", data.Hashes, "hash")}
        {Timings(data.Timings)}
        {Pairs("Machine", data.Machine)}
        {Recipe(data.Recipe)}
        """));

    private static Html Pairs(string caption, IEnumerable<(string What, string Value)> pairs, string kind = "") => pairs.Any()
        ? Table.Write(caption, ["", ""], pairs.Select(pair => (IReadOnlyList<Html>)[Table.Cell(pair.What), Html.Of($"""<span class="{kind}">{pair.Value}</span>""")]))
        : default;

    private static Html Timings(IReadOnlyList<Timing> timings) => timings.Count == 0 ? default : Table.Write(
        "Time", ["Step", "#Time", "#Articles", "#Articles a second"],
        timings.Select(step => (IReadOnlyList<string>)[step.What, Text.Duration(step.Seconds), Text.Count(step.Articles), Text.Short(Math.Round(step.Articles / Math.Max(step.Seconds, 1e-3), 1))]));

    private static Html Recipe(Recipe? recipe)
    {
        if (recipe is null)
        {
            return default;
        }

        using JsonDocument json = JsonDocument.Parse(recipe.ToUtf8Json());
        return Pairs("Resolved recipe", json.RootElement.EnumerateObject().Select(setting => (setting.Name, Value(setting.Value))).ToArray(), "value");
    }

    private static string Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Value)),
        JsonValueKind.Null => "–",
        _ => value.ToString(),
    };
}
