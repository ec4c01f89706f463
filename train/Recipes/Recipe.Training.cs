using System.ComponentModel;
using System.Globalization;
using System.Text.Json.Serialization;

namespace FakeNewsOnnx.Train.Recipes;

/// <content>How the optimizer goes through the articles. Names are those of Transformers' TrainingArguments, where it has one.</content>
internal sealed partial record Recipe
{
    [JsonPropertyName("learning_rate")]
    [Description("AdamW's highest learning rate.")]
    public double LearningRate { get; init; } = 2e-3;

    [JsonPropertyName("lr_scheduler_type")]
    [Description("How the learning rate goes on after the warm-up: linear or cosine, both to 0, or constant_with_warmup; constant has no warm-up.")]
    public SchedulerType SchedulerType { get; init; }

    [JsonPropertyName("warmup_steps")]
    [Description("Steps in which the learning rate rises from 0; at least 0.")]
    public int WarmupSteps { get; init; }

    [JsonPropertyName("warmup_ratio")]
    [Description("The same as a part of all steps, where warmup_steps is 0; at least 0, at most 1.")]
    public double WarmupRatio { get; init; }

    [JsonPropertyName("weight_decay")]
    [Description("AdamW's decoupled weight decay; at least 0.")]
    public double WeightDecay { get; init; } = 0.01;

    [JsonPropertyName("max_grad_norm")]
    [Description("Gradients are scaled down to this norm; above 0.")]
    public double MaxGradNorm { get; init; } = 1.0;

    [JsonPropertyName("num_train_epochs")]
    [Description("Passes over the training articles; at least 1.")]
    public int Epochs { get; init; } = 6;

    [JsonPropertyName("max_steps")]
    [Description("Steps of the whole run, instead of num_train_epochs; at least 1.")]
    public int? MaxSteps { get; init; }

    [JsonPropertyName("per_device_train_batch_size")]
    [Description("Articles a batch; at least 1.")]
    public int TrainBatchSize { get; init; } = 16;

    [JsonPropertyName("gradient_accumulation_steps")]
    [Description("Batches whose gradients are averaged for one step; at least 1.")]
    public int AccumulationSteps { get; init; } = 1;

    [JsonPropertyName("max_batch_tokens")]
    [Description("Run a batch in parts of at most this many tokens, padding included, articles of similar length together: less padding and memory, the gradient of the whole batch.")]
    public int? MaxBatchTokens { get; init; }

    [JsonPropertyName("group_by_length")]
    [Description("Draw batches of articles of similar length, as Transformers' LengthGroupedSampler does.")]
    public bool GroupByLength { get; init; }

    [JsonPropertyName("per_device_eval_batch_size")]
    [Description("Articles a batch in evaluation; at least 1; changes no result.")]
    public int EvalBatchSize { get; init; } = 16;

    [JsonPropertyName("gradient_checkpointing")]
    [Description("Keep only each block's input and compute the block again in the backward pass: less memory, about a third slower.")]
    public bool GradientCheckpointing { get; init; }

    [JsonPropertyName("precision")]
    [Description("How frozen weights are kept and multiplied: fp32, or bf16 with LoRA, LayerNorm, softmax and loss in fp32; auto is bf16 on a GPU that multiplies it (compute capability 8.0 or higher), fp32 elsewhere.")]
    public Precision Precision { get; init; }

    [JsonPropertyName("class_weights")]
    [Description("Weight of each label in the training loss, in the order of the ids: 1,2.5; or balanced, for rows / (labels × rows of the label).")]
    public string? ClassWeights { get; init; }

    [JsonPropertyName("eval_strategy")]
    [Description("Measure the validation articles at the end of each epoch, or every eval_steps steps.")]
    public Strategy EvalStrategy { get; init; }

    [JsonPropertyName("eval_steps")]
    [Description("Steps between two evaluations; at least 1.")]
    public int EvalSteps { get; init; } = 500;

    [JsonPropertyName("logging_strategy")]
    [Description("Log the training loss at the end of each epoch, or every logging_steps steps.")]
    public Strategy LoggingStrategy { get; init; }

    [JsonPropertyName("logging_steps")]
    [Description("Steps between two log entries; at least 1.")]
    public int LoggingSteps { get; init; } = 500;

    [JsonPropertyName("save_strategy")]
    [Description("Write a checkpoint at the end of each epoch, or every save_steps steps, or no: only when interrupted.")]
    public Strategy SaveStrategy { get; init; }

    [JsonPropertyName("save_steps")]
    [Description("Steps between two checkpoints; at least 1.")]
    public int SaveSteps { get; init; } = 500;

    [JsonPropertyName("save_total_limit")]
    [Description("Checkpoints to keep, the newest; at least 1; by default all.")]
    public int? SaveTotalLimit { get; init; }

    [JsonPropertyName("metric_for_best_model")]
    [Description("What chooses the weights that are kept: loss or accuracy on the validation articles.")]
    public BestMetric MetricForBestModel { get; init; }

    [JsonPropertyName("early_stopping_patience")]
    [Description("Stop after this many evaluations in a row without a better one; at least 1; by default never.")]
    public int? EarlyStoppingPatience { get; init; }

    [JsonPropertyName("early_stopping_threshold")]
    [Description("An evaluation is better, for early stopping, if it improves the metric by more than this; at least 0.")]
    public double EarlyStoppingThreshold { get; init; }

    [JsonPropertyName("seed")]
    [Description("Seed of the new weights, the dropouts and the order of the articles.")]
    public int Seed { get; init; } = 42;

    private const string Balanced = "balanced";

    /// <summary>How the frozen matrices are kept.</summary>
    internal TorchSharp.torch.ScalarType FrozenType => Precision == Precision.Bf16 ? TorchSharp.torch.ScalarType.BFloat16 : TorchSharp.torch.ScalarType.Float32;

    /// <summary>The weight of each label in the training loss; null where all count the same.</summary>
    /// <param name="labels">The labels of the training articles, each of which occurs.</param>
    public double[]? WeightsOfLabels(IReadOnlyList<int> labels) => ClassWeights switch
    {
        null => null,
        Balanced => [.. Labels.Select((_, id) => (double)labels.Count / (Labels.Count * labels.Count(label => label == id)))],
        var given => ParseWeights(given),
    };

    private void ValidateTraining(Action<bool, string, object?> check)
    {
        check(LearningRate is > 0 and < 1e3, "learning_rate must be above 0 and below 1000", LearningRate);
        check(WarmupSteps >= 0, "warmup_steps must be at least 0", WarmupSteps);
        check(WarmupRatio is >= 0 and <= 1, "warmup_ratio must lie between 0 and 1", WarmupRatio);
        check(SchedulerType != SchedulerType.Constant || (WarmupSteps == 0 && WarmupRatio == 0), "a warm-up needs another lr_scheduler_type, such as constant_with_warmup", "constant");
        check(WeightDecay is >= 0 and < 1e3, "weight_decay must be at least 0 and below 1000", WeightDecay);
        check(MaxGradNorm is > 0, "max_grad_norm must be above 0", MaxGradNorm);
        check(double.IsFinite(MaxGradNorm), "max_grad_norm must be finite", MaxGradNorm);
        check(Epochs >= 1, "num_train_epochs must be at least 1", Epochs);
        check(MaxSteps is null or >= 1, "max_steps must be at least 1", MaxSteps);
        check(TrainBatchSize >= 1, "per_device_train_batch_size must be at least 1", TrainBatchSize);
        check(AccumulationSteps >= 1, "gradient_accumulation_steps must be at least 1", AccumulationSteps);
        check(MaxBatchTokens is null or >= 1, "max_batch_tokens must be at least 1", MaxBatchTokens);
        check(EvalBatchSize >= 1, "per_device_eval_batch_size must be at least 1", EvalBatchSize);
        check(EvalStrategy != Strategy.No, "eval_strategy must be epoch or steps, because an evaluation chooses the weights that are kept", "no");
        check(EvalSteps >= 1, "eval_steps must be at least 1", EvalSteps);
        check(LoggingSteps >= 1, "logging_steps must be at least 1", LoggingSteps);
        check(SaveSteps >= 1, "save_steps must be at least 1", SaveSteps);
        check(SaveTotalLimit is null or >= 1, "save_total_limit must be at least 1", SaveTotalLimit);
        check(EarlyStoppingPatience is null or >= 1, "early_stopping_patience must be at least 1", EarlyStoppingPatience);
        check(EarlyStoppingThreshold >= 0, "early_stopping_threshold must be at least 0", EarlyStoppingThreshold);
        check(double.IsFinite(EarlyStoppingThreshold), "early_stopping_threshold must be finite", EarlyStoppingThreshold);
        check(Seed >= 0, "seed must be at least 0", Seed);
        check(IsClassWeights(ClassWeights), "class_weights must be 'balanced' or one finite number above 0 for each label", ClassWeights);
    }

    private bool IsClassWeights(string? text) => text is null or Balanced || ParseWeights(text) is { } weights && weights.Length == Labels.Count;

    private static double[]? ParseWeights(string text)
    {
        string[] parts = text.Split(',');
        double[] weights = [.. parts.Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double weight) ? weight : double.NaN)];
        return weights.All(weight => weight > 0 && double.IsFinite(weight)) ? weights : null;
    }
}
