using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Train.Data;

namespace FakeNewsOnnx.Train.Training;

/// <summary>How far a run is and what it has measured: <c>trainer_state.json</c>, with the names of Transformers' TrainerState.</summary>
internal sealed record TrainerState
{
    /// <summary>The file's name.</summary>
    public const string FileName = "trainer_state.json";

    /// <summary>What the base was worth before training, by name.</summary>
    [JsonPropertyName("base_metrics")]
    public IReadOnlyDictionary<string, double> BaseMetrics { get; init; } = new Dictionary<string, double>();

    /// <summary>The step after which the weights to keep were measured.</summary>
    [JsonPropertyName("best_global_step")]
    public int? BestStep { get; init; }

    /// <summary>Their value of the metric that chooses.</summary>
    [JsonPropertyName("best_metric")]
    public double? BestMetric { get; init; }

    /// <summary>Epochs done, with the part of the current one.</summary>
    [JsonPropertyName("epoch")]
    public double Epoch { get; init; }

    /// <summary>Optimizer steps done.</summary>
    [JsonPropertyName("global_step")]
    public int Step { get; init; }

    /// <summary>What was logged, in order.</summary>
    [JsonPropertyName("log_history")]
    public ImmutableList<LogEntry> History { get; init; } = [];

    /// <summary>Steps of the whole run.</summary>
    [JsonPropertyName("max_steps")]
    public required int MaxSteps { get; init; }

    /// <summary>Epochs of the whole run.</summary>
    [JsonPropertyName("num_train_epochs")]
    public required int Epochs { get; init; }

    /// <summary>Articles a batch.</summary>
    [JsonPropertyName("train_batch_size")]
    public required int TrainBatchSize { get; init; }

    /// <summary>The evaluation of the weights to keep; at the end of a run there is one.</summary>
    [JsonIgnore]
    public LogEntry BestEntry => History.Last(entry => entry.EvalLoss is not null && entry.Step == BestStep);

    private static JsonSerializerOptions Format { get; } = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Writes the file into a folder.</summary>
    public void Save(string folder) =>
        AtomicFile.Write(Path.Combine(folder, FileName), stream => JsonSerializer.Serialize(stream, this, Format));

    /// <exception cref="InvalidDataException">The file is not what <see cref="Save"/> writes.</exception>
    public static TrainerState Load(string folder) => JsonFile.Read<TrainerState>(Path.Combine(folder, FileName));
}

/// <summary>An entry of the history: of training steps, or of an evaluation.</summary>
internal sealed record LogEntry
{
    /// <summary>Epochs done.</summary>
    [JsonPropertyName("epoch")]
    public required double Epoch { get; init; }

    /// <summary>Steps done.</summary>
    [JsonPropertyName("step")]
    public required int Step { get; init; }

    /// <summary>Mean loss of the steps since the entry before.</summary>
    [JsonPropertyName("loss")]
    public double? Loss { get; init; }

    /// <summary>Gradient norm of the last step.</summary>
    [JsonPropertyName("grad_norm")]
    public double? GradientNorm { get; init; }

    /// <summary>Learning rate of the last step.</summary>
    [JsonPropertyName("learning_rate")]
    public double? LearningRate { get; init; }

    /// <summary>Mean loss of the validation articles.</summary>
    [JsonPropertyName("eval_loss")]
    public double? EvalLoss { get; init; }

    /// <summary>Accuracy on the validation articles.</summary>
    [JsonPropertyName("eval_accuracy")]
    public double? EvalAccuracy { get; init; }
}

/// <summary>What else a run needs to go on as if it had never stopped: <c>resume.json</c> of a checkpoint.</summary>
internal sealed record ResumeState
{
    /// <summary>The file's name.</summary>
    public const string FileName = "resume.json";

    /// <summary>What the run is made from; a checkpoint of something else is refused.</summary>
    [JsonPropertyName("inputs")]
    public required IReadOnlyDictionary<string, string> Inputs { get; init; }

    /// <summary>State of libtorch's generator, which draws the dropouts, in Base64.</summary>
    [JsonPropertyName("rng_state")]
    public required string RandomState { get; init; }

    /// <summary>Whether what follows the last step (logging, evaluation) was done.</summary>
    [JsonPropertyName("step_ended")]
    public required bool StepEnded { get; init; }

    /// <summary>What has been counted since the last log entry and the last better evaluation.</summary>
    [JsonPropertyName("counters")]
    public required RunCounters Counters { get; init; }
}
