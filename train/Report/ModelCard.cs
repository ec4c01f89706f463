using System.Globalization;
using FakeNewsOnnx.Train.Audit;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.Recipes;

namespace FakeNewsOnnx.Train.Report;

/// <summary>What a model card says of the articles.</summary>
/// <param name="Name">The file's name, or the data set's.</param>
/// <param name="HubId">The data set's name on the hub; null for a local file.</param>
/// <param name="Rows">Articles of each part.</param>
internal sealed record CardData(string Name, string? HubId, IReadOnlyDictionary<SplitPart, int> Rows);

/// <summary>The adapter's README.md: a model card in the Hugging Face hub's format, https://huggingface.co/docs/hub/model-cards.</summary>
internal static class ModelCard
{
    /// <summary>The card of a checkpoint.</summary>
    public static string WriteCheckpoint(Manifest manifest) => $"""
        ---
        base_model: {CardText.Yaml(manifest.BaseModel ?? "")}
        library_name: peft
        ---

        A checkpoint of a training that goes on: `train fit --resume`.

        """;

    /// <summary>What the adapter is, how it was made, how well it did and what it is not good for.</summary>
    /// <param name="manifest">The adapter's manifest, complete.</param>
    /// <param name="metrics">What was measured.</param>
    /// <param name="recipe">How it was trained.</param>
    /// <param name="data">What it was trained on.</param>
    /// <param name="audit">What the articles reveal about their labels; null where nobody looked.</param>
    public static string Write(Manifest manifest, MetricsFile metrics, Recipe recipe, CardData data, AuditReport? audit)
    {
        MetricsReport report = metrics.Own!;
        string baseModel = manifest.BaseModel ?? "GPT-2", labels = string.Join(", ", manifest.Labels.Select(CardText.Markdown));
        return string.Create(CultureInfo.InvariantCulture, $"""
            ---
            {Metadata(baseModel, report, data)}
            ---

            # A LoRA adapter of {CardText.Markdown(baseModel)} that labels news articles: {labels}

            ## Task and base

            Text classification: the title and the content of an article become one text, and the model reads its first {manifest.MaxTokens} tokens. The base is
            {CardText.Markdown(baseModel)} (`model.safetensors` has the SHA-256 `{manifest.BaseModelSha256}`). Label ids: {string.Join(", ", manifest.Labels.Select((name, id) => $"{id} {CardText.Markdown(name)}"))}.

            ## Data

            {CardText.Markdown(data.Name)} (SHA-256 `{manifest.TrainingDataSha256}`): {string.Join(", ", data.Rows.Select(part => $"{part.Value} articles for {part.Key.ToString().ToLowerInvariant()}"))}.
            Parts that have no file of their own were split off by a hash of the content, seed {recipe.SplitSeed}.

            ## Training

            LoRA with r {recipe.Rank}, alpha {recipe.LoraAlpha}, dropout {recipe.LoraDropout}, targets {CardText.Markdown($"{recipe.TargetModules}")};
            AdamW with learning rate {recipe.LearningRate}, {(recipe.MaxSteps is { } steps ? $"{steps} steps" : $"{recipe.Epochs} epochs")}, batches of {recipe.TrainBatchSize}, seed {recipe.Seed}.
            `recipe.json` holds every setting. The weights are those with the best {recipe.MetricForBestModel.ToString().ToLowerInvariant()} on the validation articles.
            Probabilities are softmax(logits / {report.Temperature:0.####}): the temperature has the lowest log loss on the validation articles.

            ## Metrics

            On {report.Model.Rows} articles ({CardText.Markdown(report.Data)}), with 95 % bootstrap intervals over them. `metrics.json` has more.

            {Tables(report)}

            ## Intended use

            To sort articles of the same kind and time as the training data before people read them, and to study what such a classifier learns.

            ## Limits

            {string.Join("\n", Limits(audit).Select(limit => $"- {limit}"))}

            ## How to use it

            ```
            export onnx --base DIRECTORY_OF_THE_BASE --adapter THIS_DIRECTORY --out model.onnx
            infer score articles.csv --model model.onnx --out scored.csv
            ```

            PEFT's `AutoPeftModelForSequenceClassification` loads this directory too; divide its logits by the temperature, and set the pad token to {manifest.PadTokenId}.

            """);
    }

    /// <summary>The metadata that the hub reads: https://github.com/huggingface/hub-docs/blob/main/modelcard.md.</summary>
    private static string Metadata(string baseModel, MetricsReport report, CardData data)
    {
        string name = data.HubId ?? CardText.Identifier(data.Name);
        (string Type, string Name, double? Value)[] values =
        [
            ("accuracy", "Accuracy", report.Model.Accuracy.Value),
            ("f1", "Macro F1", report.Model.MacroF1.Value),
            ("roc_auc", "ROC-AUC", report.Model.RocAuc?.Value),
            ("brier_score", "Brier score", report.Model.Brier.Value),
        ];
        string datasets = data.HubId is null ? "" : $"datasets:\n- {CardText.Yaml(data.HubId)}\n";
        return $"""
            base_model: {CardText.Yaml(baseModel)}
            library_name: peft
            pipeline_tag: text-classification
            tags:
            - lora
            - gpt2
            - fake-news
            {datasets}model-index:
            - name: {CardText.Yaml($"{baseModel} with LoRA")}
              results:
              - task:
                  type: text-classification
                  name: Text Classification
                dataset:
                  name: {CardText.Yaml(report.Data)}
                  type: {CardText.Yaml(name)}
                metrics:
            {string.Join("\n", values.Where(metric => metric.Value is not null).Select(metric => string.Create(CultureInfo.InvariantCulture, $"    - type: {metric.Type}\n      name: {metric.Name}\n      value: {metric.Value:0.######}")))}
            """;
    }

    private static string Tables(MetricsReport report)
    {
        var lines = new List<string> { "| | value | 95 % interval |", "|---|---|---|" };
        lines.AddRange(MetricsTables.Rows.Select(row => (row.Name, Value: row.Of(report.Model))).Where(row => row.Value is not null)
            .Select(row => Invariant($"| {row.Name} | {row.Value!.Value:F4} | {row.Value.Low:F4} to {row.Value.High:F4} |")));
        lines.AddRange(["", "| label | articles | precision | recall | F1 |", "|---|---|---|---|---|"]);
        lines.AddRange(report.Model.Labels.Select(label => Invariant($"| {CardText.Markdown(label.Label)} | {label.Support} | {label.Precision.Value:F4} | {label.Recall.Value:F4} | {label.F1.Value:F4} |")));
        lines.AddRange(["", "| compared with | accuracy | 95 % interval | McNemar's p |", "|---|---|---|---|"]);
        lines.AddRange(report.ComparedWith.Select(other => Invariant(
            $"| {other.Name} | {other.Metrics.Accuracy.Value:F4} | {other.Metrics.Accuracy.Low:F4} to {other.Metrics.Accuracy.High:F4} | {other.Test.PValue:0.####} |")));
        return string.Join("\n", lines);
    }

    private static IEnumerable<string> Limits(AuditReport? audit) =>
    [
        "It has learnt how its training articles are written, not what is true. A high probability is no evidence.",
        "Articles of other sources, times or languages are measured by nobody until you do: `train eval --data`.",
        "Do not use it to judge people, or to remove what they wrote.",
        .. audit is null ? ["What the training articles reveal about their labels was not looked at: `train audit`."] : audit.Verdict.Select(CardText.Markdown),
    ];

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
