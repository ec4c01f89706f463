using FakeNewsOnnx.Checkpoint;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Training;

/// <summary>What a run tells whoever watches it.</summary>
/// <param name="OnStep">After each optimizer step, with the last one whose loss was read; on a GPU that may be an earlier one, or none yet.</param>
/// <param name="OnLog">After each new entry of the history.</param>
internal sealed record RunObserver(Action<StepResult?> OnStep, Action<LogEntry> OnLog);

/// <summary>
/// A whole training: steps, and after a step, when they are due, a log entry, an evaluation and a checkpoint. It can be cancelled at any
/// time and goes on from a checkpoint as if it had never stopped.
/// </summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly Gpt2ForSequenceClassification _model;
    private readonly Trainer _trainer;
    private readonly Recipe _recipe;
    private readonly IReadOnlyList<Example> _articles;
    private readonly Func<CancellationToken, Evaluation> _validate;
    private readonly CheckpointStore? _checkpoints;
    private readonly RunObserver _observer;
    private List<Tensor> _best = [];
    private RunCounters _counters = new();
    private StepResult? _lastRead;
    private bool _stepEnded = true;

    /// <param name="model">The model that <paramref name="trainer"/> changes.</param>
    /// <param name="trainer">Takes the steps.</param>
    /// <param name="recipe">When to log, evaluate, save and stop.</param>
    /// <param name="articles">What to train on, as the trainer was given it.</param>
    /// <param name="validate">Measures the model as it is.</param>
    /// <param name="checkpoints">Where to save; null for nowhere.</param>
    /// <param name="observer">Is told what happens.</param>
    public TrainingRun(Gpt2ForSequenceClassification model, Trainer trainer, Recipe recipe, IReadOnlyList<Example> articles, Func<CancellationToken, Evaluation> validate, CheckpointStore? checkpoints, RunObserver observer)
    {
        _model = model;
        _trainer = trainer;
        _recipe = recipe;
        _articles = articles;
        _validate = validate;
        _checkpoints = checkpoints;
        _observer = observer;
        State = new() { MaxSteps = trainer.TotalSteps, Epochs = (int)Math.Ceiling((double)trainer.TotalSteps / trainer.Sampler.StepsPerEpoch), TrainBatchSize = recipe.TrainBatchSize };
    }

    /// <summary>How far the run is and what it has measured.</summary>
    public TrainerState State { get; private set; }

    private bool IsLogDue => IsDue(_recipe.LoggingStrategy, _recipe.LoggingSteps);

    private bool IsEvaluationDue => IsDue(_recipe.EvalStrategy, _recipe.EvalSteps);

    private bool IsSaveDue => IsDue(_recipe.SaveStrategy, _recipe.SaveSteps);

    private bool IsDone => State.Step == State.MaxSteps || _counters.Stopped;

    /// <summary>Starts with what the model was worth before training.</summary>
    public void StartFrom(IReadOnlyDictionary<string, double> baseMetrics) => State = State with { BaseMetrics = baseMetrics };

    /// <summary>Goes on where a checkpoint stands.</summary>
    /// <exception cref="InvalidDataException">The checkpoint is broken, or of another run.</exception>
    public void ContinueFrom(string checkpoint, Gpt2Config config)
    {
        (State, ResumeState resume, _best) = _checkpoints!.Load(checkpoint, _trainer, config);
        _counters = resume.Counters;
        _stepEnded = resume.StepEnded;
    }

    /// <summary>Trains to the end and leaves the model with the best weights that were measured.</summary>
    /// <exception cref="InvalidDataException">The loss is no longer a number.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; a checkpoint was written.</exception>
    public void Run(CancellationToken cancellation)
    {
        if (!_stepEnded)
        {
            EndStep(cancellation);
        }

        while (!IsDone)
        {
            int epoch = State.Step / _trainer.Sampler.StepsPerEpoch, first = State.Step % _trainer.Sampler.StepsPerEpoch;
            foreach (int[][] batches in _trainer.Sampler.Epoch(epoch).Skip(first))
            {
                Step(batches, cancellation);
                EndStep(cancellation);
                if (IsDone)
                {
                    break;
                }
            }
        }

        using var _ = no_grad();
        foreach (var (entry, value) in _trainer.Trainable.Zip(_best))
        {
            entry.Value.copy_(value);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _best.ForEach(value => value.Dispose());

    private void Step(int[][] batches, CancellationToken cancellation)
    {
        _model.train();
        string randomState = RandomState.Get();
        try
        {
            _trainer.Step([.. batches.Select(batch => (IReadOnlyList<Example>)[.. batch.Select(i => _articles[i])])], cancellation);
        }
        catch (OperationCanceledException)
        {
            if (State.Step > 0)
            {
                ReadSteps();
                Save(stepEnded: true, randomState);
            }

            throw;
        }

        State = State with { Step = _trainer.StepsDone, Epoch = (double)_trainer.StepsDone / _trainer.Sampler.StepsPerEpoch };
        if (!_trainer.RunsAhead || State.Step == State.MaxSteps || IsLogDue || IsEvaluationDue || IsSaveDue)
        {
            ReadSteps();
        }

        _observer.OnStep(_lastRead);
    }

    /// <summary>Counts the losses of the steps that were not read yet.</summary>
    private void ReadSteps()
    {
        try
        {
            foreach (StepResult step in _trainer.ReadSteps())
            {
                _counters = _counters with
                {
                    LossSum = _counters.LossSum + step.Loss,
                    LossSteps = _counters.LossSteps + 1,
                    LastGradientNorm = step.GradientNorm,
                    LastLearningRate = step.LearningRate,
                };
                _lastRead = step;
            }
        }
        catch (InvalidDataException e) when (_checkpoints?.Newest is { } newest)
        {
            throw new InvalidDataException($"{e.Message} {newest} is the last good checkpoint.", e);
        }
    }

    /// <summary>What is due after a step. When it is cancelled, the checkpoint has none of it.</summary>
    private void EndStep(CancellationToken cancellation)
    {
        var (state, counters) = (State, _counters);
        bool isLast = State.Step == State.MaxSteps;
        try
        {
            if (IsLogDue || isLast)
            {
                Log();
            }

            if (IsEvaluationDue || isLast)
            {
                Evaluate(cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            (State, _counters) = (state, counters);
            Save(stepEnded: false, RandomState.Get());
            throw;
        }

        if (IsSaveDue)
        {
            Save(stepEnded: true, RandomState.Get());
        }
    }

    private bool IsDue(Strategy strategy, int steps) => strategy switch
    {
        Strategy.Epoch => State.Step % _trainer.Sampler.StepsPerEpoch == 0,
        Strategy.Steps => State.Step % steps == 0,
        _ => false,
    };

    private void Log()
    {
        Add(new()
        {
            Epoch = State.Epoch,
            Step = State.Step,
            Loss = _counters.LossSum / _counters.LossSteps,
            GradientNorm = _counters.LastGradientNorm,
            LearningRate = _counters.LastLearningRate,
        });
        _counters = _counters with { LossSum = 0, LossSteps = 0 };
    }

    private void Evaluate(CancellationToken cancellation)
    {
        Evaluation evaluation = _validate(cancellation);
        if (!double.IsFinite(evaluation.Loss))
        {
            throw new InvalidDataException($"step {State.Step} of {State.MaxSteps}: the validation loss must be finite; found {evaluation.Loss}. A lower --learning-rate may help.");
        }

        bool higherIsBetter = _recipe.MetricForBestModel == BestMetric.Accuracy;
        double metric = higherIsBetter ? evaluation.Accuracy : evaluation.Loss;
        double gain = State.BestMetric is { } best ? (higherIsBetter ? metric - best : best - metric) : double.PositiveInfinity;
        int without = gain > _recipe.EarlyStoppingThreshold ? 0 : _counters.EvaluationsWithoutBetter + 1;
        _counters = _counters with { EvaluationsWithoutBetter = without, Stopped = without >= (_recipe.EarlyStoppingPatience ?? int.MaxValue) };
        if (gain > 0)
        {
            State = State with { BestMetric = metric, BestStep = State.Step };
            Dispose();
            _best = [.. _trainer.Trainable.Select(entry => Copy(entry.Value))];
        }

        Add(new() { Epoch = State.Epoch, Step = State.Step, EvalLoss = evaluation.Loss, EvalAccuracy = evaluation.Accuracy });
    }

    private void Add(LogEntry entry)
    {
        State = State with { History = State.History.Add(entry) };
        _observer.OnLog(entry);
    }

    private void Save(bool stepEnded, string randomState) =>
        _checkpoints?.Save(_trainer, State, _counters, stepEnded, randomState, _best);

    private static Tensor Copy(Parameter parameter)
    {
        using var _ = no_grad();
        return parameter.detach().clone();
    }
}
