using System.Text.Json;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>A batch of the reference data and what Transformers and PEFT made of it.</summary>
/// <param name="Name">Its name in <c>inputs.json</c>.</param>
/// <param name="InputIds">[B][T]</param>
/// <param name="AttentionMask">[B][T]; null where Transformers got none.</param>
/// <param name="BaseLogits">[B][labels] of the base, in double precision; empty where the reference has none.</param>
/// <param name="PeftLogits">[B][labels] of the base with the adapter, in double precision.</param>
internal sealed record ReferenceBatch(string Name, long[][] InputIds, long[][]? AttentionMask, double[][] BaseLogits, double[][] PeftLogits)
{
    public override string ToString() => Name;

    /// <summary>Whether Transformers defines a row's logits: it does unless the mask is 0 everywhere.</summary>
    public bool IsDefined(int row) => AttentionMask is null || AttentionMask[row].Any(value => value != 0);

    /// <summary>True if every pad is on the right, where causal attention never looks: the batches that the model in TorchSharp reads.</summary>
    public bool IsRightPadded => AttentionMask is null || AttentionMask.All(row => row.SequenceEqual(row.OrderDescending()));

    /// <summary>The batches of a folder with <c>inputs.json</c> and <c>expected.json</c>.</summary>
    public static IReadOnlyList<ReferenceBatch> Load(string inputsPath, string expectedPath)
    {
        using JsonDocument inputs = JsonDocument.Parse(File.ReadAllBytes(inputsPath));
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(expectedPath));
        var byName = inputs.RootElement.GetProperty("batches").EnumerateArray().ToDictionary(batch => batch.GetProperty("name").GetString()!);
        return [.. expected.RootElement.GetProperty("batches").EnumerateArray().Select(batch =>
        {
            string name = batch.GetProperty("name").GetString()!;
            JsonElement input = byName[name];
            return new ReferenceBatch(
                name,
                Rows<long>(input.GetProperty("input_ids")),
                input.TryGetProperty("attention_mask", out JsonElement mask) && mask.ValueKind == JsonValueKind.Array ? Rows<long>(mask) : null,
                batch.TryGetProperty("base", out JsonElement ofBase) ? Rows<double>(ofBase.GetProperty("logits_f64")) : [],
                Rows<double>(batch.GetProperty("peft").GetProperty("logits_f64")));
        })];
    }

    private static T[][] Rows<T>(JsonElement rows) => rows.Deserialize<T[][]>()!;
}
