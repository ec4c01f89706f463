using System.Text.Json.Serialization;
using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.Recipes;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Training;

/// <summary>A run between two steps: all that a checkpoint saves, so that the run can continue as if it had never stopped.</summary>
internal sealed record RunState : IDisposable
{
    /// <summary>Steps done, and what was measured.</summary>
    public required TrainerState Trainer { get; init; }

    /// <summary>Values that are counted since the last log entry and the last better evaluation.</summary>
    public RunCounters Counters { get; init; } = new();

    /// <summary>True if the log entry and the evaluation that follow the last step are done; false while they are not.</summary>
    public bool StepEnded { get; init; } = true;

    /// <summary>State of the generator that draws dropouts, from <see cref="GeneratorState"/>.</summary>
    public string RandomState { get; init; } = "";

    /// <summary>The trained parameters and their moments as they are now; live tensors of the trainer.</summary>
    public IReadOnlyList<TrainedParameter> Parameters { get; init; } = [];

    /// <summary>Copies of the parameters that were measured best, in the order of <see cref="Parameters"/>; empty before the first evaluation.</summary>
    public IReadOnlyList<Tensor> BestWeights { get; init; } = [];

    /// <summary>Number of steps after which nothing is left to do.</summary>
    public int StepsEnded => StepEnded ? Trainer.Step : Trainer.Step - 1;

    /// <summary>True if the run has reached its last step or has stopped early.</summary>
    public bool IsDone => StepsEnded == Trainer.MaxSteps || Counters.Stopped;

    /// <summary>Adds an entry about the steps since the entry before.</summary>
    public RunState WithLog() => With(new()
    {
        Epoch = Trainer.Epoch,
        Step = Trainer.Step,
        Loss = Counters.LossSum / Counters.LossSteps,
        GradientNorm = Counters.LastGradientNorm,
        LearningRate = Counters.LastLearningRate,
    }) with
    { Counters = Counters with { LossSum = 0, LossSteps = 0 } };

    /// <summary>Adds an evaluation, and decides whether it is the best one and whether to stop early.</summary>
    /// <param name="evaluation">The evaluation.</param>
    /// <param name="recipe">The metric that chooses, and the patience.</param>
    /// <param name="parameters">The parameters that were measured; copies of them replace <see cref="BestWeights"/> if they are the best so far.</param>
    /// <exception cref="InvalidDataException">The loss is no longer a number.</exception>
    public RunState WithEvaluation(EvaluationResult evaluation, Recipe recipe, IEnumerable<Tensor> parameters)
    {
        if (!double.IsFinite(evaluation.Loss))
        {
            throw new InvalidDataException($"step {Trainer.Step} of {Trainer.MaxSteps}: the validation loss must be finite; found {evaluation.Loss}. A lower --learning-rate may help.");
        }

        bool higherIsBetter = recipe.MetricForBestModel == BestMetric.Accuracy;
        double metric = higherIsBetter ? evaluation.Accuracy : evaluation.Loss;
        double gain = Trainer.BestMetric is { } best ? (higherIsBetter ? metric - best : best - metric) : double.PositiveInfinity;
        int without = gain > recipe.EarlyStoppingThreshold ? 0 : Counters.EvaluationsWithoutBetter + 1;
        RunState run = With(new() { Epoch = Trainer.Epoch, Step = Trainer.Step, EvalLoss = evaluation.Loss, EvalAccuracy = evaluation.Accuracy }) with
        {
            Counters = Counters with { EvaluationsWithoutBetter = without, Stopped = without >= (recipe.EarlyStoppingPatience ?? int.MaxValue) },
        };
        if (gain <= 0)
        {
            return run;
        }

        Dispose();
        return run with { Trainer = run.Trainer with { BestMetric = metric, BestStep = Trainer.Step }, BestWeights = [.. parameters.Select(value => value.detach().clone())] };
    }

    /// <summary>Frees the best weights.</summary>
    public void Dispose()
    {
        foreach (Tensor value in BestWeights)
        {
            value.Dispose();
        }
    }

    private RunState With(LogEntry entry) => this with { Trainer = Trainer with { History = Trainer.History.Add(entry) } };
}

/// <summary>A parameter that steps change.</summary>
/// <param name="Name">Its name in the adapter.</param>
/// <param name="Value">Its value now.</param>
/// <param name="FirstMoment">AdamW's exp_avg.</param>
/// <param name="SecondMoment">AdamW's exp_avg_sq.</param>
internal readonly record struct TrainedParameter(string Name, Parameter Value, Tensor FirstMoment, Tensor SecondMoment);

/// <summary>What a run counts between its events.</summary>
/// <param name="LossSum">Sum of the step losses since the last log entry.</param>
/// <param name="LossSteps">How many they are.</param>
/// <param name="LastGradientNorm">Gradient norm of the last step.</param>
/// <param name="LastLearningRate">Learning rate of the last step.</param>
/// <param name="EvaluationsWithoutBetter">Evaluations in a row that were not better.</param>
/// <param name="Stopped">Whether early stopping has ended the run.</param>
internal sealed record RunCounters(
    [property: JsonPropertyName("loss_sum")] double LossSum = 0,
    [property: JsonPropertyName("loss_steps")] int LossSteps = 0,
    [property: JsonPropertyName("last_grad_norm")] double LastGradientNorm = 0,
    [property: JsonPropertyName("last_learning_rate")] double LastLearningRate = 0,
    [property: JsonPropertyName("evaluations_without_better")] int EvaluationsWithoutBetter = 0,
    [property: JsonPropertyName("stopped")] bool Stopped = false)
{
    /// <summary>Counts a step.</summary>
    public RunCounters Add(in StepResult step) => this with
    {
        LossSum = LossSum + step.Loss,
        LossSteps = LossSteps + 1,
        LastGradientNorm = step.GradientNorm,
        LastLearningRate = step.LearningRate,
    };
}
