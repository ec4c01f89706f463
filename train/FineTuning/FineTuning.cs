using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.Model;
using FakeNewsOnnx.Train.Recipes;
using FakeNewsOnnx.Train.Report;
using FakeNewsOnnx.Train.Training;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.FineTuning;

/// <summary>
/// A fine-tuning run from top to bottom. It can be cancelled at any time and continues from a checkpoint as if it had never stopped.
/// It prints nothing: an observer is told how it goes.
/// </summary>
internal sealed class FineTuning : IDisposable
{
    private readonly Gpt2ForSequenceClassification _model;
    private readonly Trainer _trainer;
    private readonly Recipe _recipe;
    private readonly IReadOnlyList<Example> _articles;
    private readonly Func<CancellationToken, EvaluationResult> _validate;
    private readonly CheckpointStore _checkpoints;
    private readonly IFineTuningObserver _observer;
    private RunState _run;
    private StepResult? _lastRead;

    /// <summary>A run that has not begun. The trainer changes the model and was given the articles; <paramref name="validate"/> measures the model as it is.</summary>
    public FineTuning(Gpt2ForSequenceClassification model, Trainer trainer, Recipe recipe, IReadOnlyList<Example> articles, Func<CancellationToken, EvaluationResult> validate, CheckpointStore checkpoints, IFineTuningObserver observer)
    {
        (_model, _trainer, _recipe, _articles, _validate, _checkpoints, _observer) = (model, trainer, recipe, articles, validate, checkpoints, observer);
        int epochs = (int)Math.Ceiling((double)trainer.TotalSteps / trainer.Sampler.StepsPerEpoch);
        _run = new() { Trainer = new() { MaxSteps = trainer.TotalSteps, Epochs = epochs, TrainBatchSize = recipe.TrainBatchSize } };
    }

    /// <summary>Steps done, and what was measured.</summary>
    public TrainerState State => _run.Trainer;

    /// <summary>Runs a job from articles to an adapter directory.</summary>
    /// <returns>The measurements; null on ranks other than the first, which only share the model's work.</returns>
    /// <exception cref="InvalidDataException">A file is not what it should be, too little is left to train on, or the loss is no longer a number.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; after the first step, a checkpoint was written.</exception>
    public static FineTuningResult? Run(FineTuningJob job, IFineTuningObserver observer, CancellationToken cancellation)
    {
        // Load base and articles.
        var times = new StepTimes();
        using FineTuningInputs inputs = times.Measure("reading", () => FineTuningInputs.Load(job, cancellation), loaded => loaded.Data.Count);
        observer.OnLoaded(inputs);
        var checkpoints = new CheckpointStore(job.Output, job.Recipe.SaveTotalLimit, inputs.Hashes, job.Ranks, folder =>
            AdapterDirectory.Save(folder, inputs.Lora, ModelLoader.ToFloatTensors(inputs.Model), inputs.Manifest, ModelCard.WriteCheckpoint(inputs.Manifest)));
        using var trainer = new Trainer(inputs.Model, job.Recipe, inputs.Manifest.PadTokenId, inputs.Data[SplitPart.Train], job.Ranks);
        using var run = new FineTuning(
            inputs.Model, trainer, job.Recipe, inputs.Data[SplitPart.Train], token => inputs.Evaluate(SplitPart.Validation, observer.OnValidated, token), checkpoints, observer);
        JobAgreement.RequireSameStart(job.Ranks, inputs, job.Resume ? checkpoints.Newest : null);

        // Measure the base, or continue where the newest checkpoint stands.
        if (job.Resume)
        {
            run.Resume(inputs.Config);
        }
        else
        {
            run.StartFrom(RunMetrics.MeasureBase(inputs, job, observer, cancellation));
        }

        observer.OnBaseMeasured(run.State);
        if (job.Ranks.IsFirst)
        {
            CheckpointStore.DeleteLeftovers(job.Output);
            AtomicFile.Write(Path.Combine(job.Output, "recipe.json"), stream => stream.Write(job.Recipe.ToUtf8Json()));
        }

        // Train, and keep the best weights.
        double epochsBefore = run.State.Epoch;
        times.Measure("training", () => run.Train(cancellation), state => (int)Math.Round((state.Epoch - epochsBefore) * inputs.Data[SplitPart.Train].Count));
        observer.OnTrained(run.State, trainer.BytesExchanged);

        // Calibrate and measure, in the precision that is exported.
        inputs.UseSinglePrecision();
        FineTuningResult? result = times.Measure(
            "evaluation", () => RunMetrics.CalibrateAndMeasure(inputs, run.State, job.Output, observer, cancellation), _ => inputs.MeasuredParts.Sum(part => inputs.Data[part].Count));
        if (result is null)
        {
            return null;
        }

        // Write; the adapter comes last but for the page, which tells its hash.
        ReportData page = FineTuningReport.Gather(inputs, result, times, observer, cancellation);
        if (job.SaveTest is { } testPath)
        {
            HeldOutRows.Write(inputs.Data[SplitPart.Test], ArticleColumns.Parse(job.Recipe.Columns), job.Recipe.ReadEncoding(), testPath);
        }

        result.State.Save(job.Output);
        result.Metrics.Save(job.Output);
        AdapterDirectory.Save(job.Output, inputs.Lora, ModelLoader.ToFloatTensors(inputs.Model), result.Manifest, FineTuningReport.ModelCardOf(inputs, result, page.Audit));
        FineTuningReport.Write(job.Output, page);
        observer.OnWritten(inputs, result);
        return result;
    }

    /// <summary>Starts with the base's metrics.</summary>
    public void StartFrom(IReadOnlyDictionary<string, double> baseMetrics) => _run = _run with { Trainer = State with { BaseMetrics = baseMetrics } };

    /// <summary>Continues from the newest checkpoint.</summary>
    /// <exception cref="InvalidDataException">The checkpoint is broken, or of another run.</exception>
    public void Resume(Gpt2Config config)
    {
        _run = _checkpoints.Load(_checkpoints.Newest!, _trainer.Parameters, config);
        _trainer.ContinueAfter(State.Step);
        _observer.OnResumed(State);
    }

    /// <summary>Trains to the end and leaves the model with the best weights that were measured.</summary>
    /// <exception cref="InvalidDataException">The loss is no longer a number.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; after the first step, a checkpoint was written.</exception>
    public TrainerState Train(CancellationToken cancellation)
    {
        try
        {
            _observer.During("training", State.MaxSteps, State.Step, () => TrainEpochs(cancellation));
        }
        catch (OperationCanceledException) when (_checkpoints.Newest is { } newest)
        {
            _observer.OnInterrupted(State, newest);
            throw;
        }

        using var _ = no_grad();
        foreach (var (entry, value) in _trainer.Trainable.Zip(_run.BestWeights))
        {
            entry.Value.copy_(value);
        }

        return State;
    }

    /// <inheritdoc/>
    public void Dispose() => _run.Dispose();

    private void TrainEpochs(CancellationToken cancellation)
    {
        BatchSampler sampler = _trainer.Sampler;
        try
        {
            while (!_run.IsDone)
            {
                int epoch = _run.StepsEnded / sampler.StepsPerEpoch, stepsEnded = _run.StepsEnded % sampler.StepsPerEpoch;
                foreach (IReadOnlyList<Example>[] batches in sampler.Epoch(epoch).Skip(stepsEnded).Select(ArticlesOf).TakeWhile(_ => !_run.IsDone))
                {
                    if (_run.StepEnded) // false where a checkpoint was written during the evaluation below
                    {
                        _model.train();
                        _trainer.ZeroGradients();
                        foreach (MicroBatch part in _trainer.Split(batches).TakeWhile(_ => !cancellation.IsCancellationRequested))
                        {
                            using var scope = NewDisposeScope();
                            Tensor loss = _trainer.Forward(part);
                            _trainer.Backward(loss);
                        }

                        _trainer.OptimizerStep(batches, cancellation);
                        OnStep();
                    }

                    RunState run = IsLogDue || IsLast ? Log(_run) : _run;
                    run = IsEvaluationDue || IsLast ? Evaluate(run, cancellation) : run;
                    _run = run with { StepEnded = true };
                    if (IsSaveDue)
                    {
                        Save();
                    }
                }
            }
        }
        catch (OperationCanceledException) when (State.Step > 0)
        {
            ReadSteps();
            Save();
            throw;
        }
    }

    private bool IsLast => State.Step == State.MaxSteps;

    private bool IsLogDue => IsDue(_recipe.LoggingStrategy, _recipe.LoggingSteps);

    private bool IsEvaluationDue => IsDue(_recipe.EvalStrategy, _recipe.EvalSteps);

    private bool IsSaveDue => IsDue(_recipe.SaveStrategy, _recipe.SaveSteps);

    private bool IsDue(Strategy strategy, int steps) => strategy switch
    {
        Strategy.Epoch => State.Step % _trainer.Sampler.StepsPerEpoch == 0,
        Strategy.Steps => State.Step % steps == 0,
        _ => false,
    };

    private IReadOnlyList<Example>[] ArticlesOf(int[][] batches) => [.. batches.Select(batch => (IReadOnlyList<Example>)[.. batch.Select(i => _articles[i])])];

    /// <summary>Counts a step. From here to the end of the step's evaluation, a checkpoint has the step but not its log entry and evaluation.</summary>
    private void OnStep()
    {
        int step = _trainer.StepsDone;
        _run = _run with { Trainer = State with { Step = step, Epoch = (double)step / _trainer.Sampler.StepsPerEpoch }, StepEnded = false, RandomState = GeneratorState.Get() };
        if (!_trainer.RunsAhead || IsLast || IsLogDue || IsEvaluationDue || IsSaveDue)
        {
            ReadSteps();
        }

        _observer.OnStep(_lastRead);
    }

    /// <summary>Counts the losses of the steps that were not read yet: on a GPU, reading waits for it.</summary>
    private void ReadSteps()
    {
        try
        {
            foreach (StepResult step in _trainer.ReadSteps())
            {
                _run = _run with { Counters = _run.Counters.Add(step) };
                _lastRead = step;
            }
        }
        catch (InvalidDataException e) when (_checkpoints.Newest is { } newest)
        {
            throw new InvalidDataException($"{e.Message} {newest} is the last good checkpoint.", e);
        }
    }

    private RunState Log(RunState run)
    {
        run = run.WithLog();
        _observer.OnLog(run.Trainer.History[^1]);
        return run;
    }

    private RunState Evaluate(RunState run, CancellationToken cancellation)
    {
        run = run.WithEvaluation(_validate(cancellation), _recipe, _trainer.Trainable.Select(entry => entry.Value));
        _observer.OnLog(run.Trainer.History[^1]);
        return run;
    }

    private void Save() => _checkpoints.Save(_run with { Parameters = _trainer.Parameters });
}
