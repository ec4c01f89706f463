using System.Globalization;

namespace FakeNewsOnnx.Train.Training;

/// <summary>The adapter's README.md: a model card in the Hugging Face hub's format.</summary>
internal static class ModelCard
{
    /// <summary>What the adapter is, how it was made and how well it did.</summary>
    public static string Write(Manifest manifest, Recipe recipe, string dataName, int trainRows)
    {
        return string.Create(CultureInfo.InvariantCulture, $"""
            ---
            base_model: {manifest.BaseModel}
            library_name: peft
            pipeline_tag: text-classification
            tags: [lora, fake-news]
            ---

            # A LoRA adapter of {manifest.BaseModel} that tells {string.Join(" from ", manifest.Labels)}

            Trained on {trainRows} articles of `{dataName}` (SHA-256 `{manifest.TrainingDataSha256}`):
            r {recipe.Rank}, alpha {recipe.LoraAlpha}, dropout {recipe.LoraDropout}, targets {recipe.TargetModules};
            AdamW, learning rate {recipe.LearningRate}, {recipe.Epochs} epochs of {recipe.TrainBatchSize} articles a step, seed {recipe.Seed}.
            `recipe.json` holds every setting.

            | on the held-out articles | |
            |---|---|
            {string.Join("\n", manifest.Metrics!.Select(metric => string.Create(CultureInfo.InvariantCulture, $"| {metric.Key} | {metric.Value:0.####} |")))}

            It has learnt the style of its training articles, not what is true. Do not use it to judge people or to remove what they wrote.

            """);
    }
}
