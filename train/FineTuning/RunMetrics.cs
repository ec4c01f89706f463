using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.Training;

namespace FakeNewsOnnx.Train.FineTuning;

/// <summary>Measures the base before training and the adapter after it, in comparison with one another and with a bag of words.</summary>
internal static class RunMetrics
{
    /// <summary>Key of the base's validation loss in <see cref="TrainerState.BaseMetrics"/>.</summary>
    public const string BaseValidationLoss = "base_validation_loss";

    /// <summary>Key of the base's accuracy on the validation articles.</summary>
    public const string BaseValidationAccuracy = "base_validation_accuracy";

    /// <summary>Key of the base's accuracy on the held-out articles.</summary>
    private const string BaseAccuracy = "base_accuracy";

    private const string BaseModel = "base model";

    /// <summary>Measures the base with its new head, and keeps its logits in the run's folder for the comparison at the end.</summary>
    /// <returns>The run's base metrics.</returns>
    public static IReadOnlyDictionary<string, double> MeasureBase(FineTuningInputs inputs, FineTuningJob job, IFineTuningObserver observer, CancellationToken cancellation)
    {
        EvaluationResult[] evaluations = Evaluate(inputs, "measuring the base", observer, cancellation);
        if (job.Ranks.IsFirst)
        {
            Directory.CreateDirectory(job.Output);
            if (job.Overwrite)
            {
                OutputFolder.DeleteRun(job.Output);
            }

            BaseLogits.Save(job.Output, inputs.MeasuredParts.Zip(evaluations, (part, evaluation) => (part, evaluation.Logits)));
        }

        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            [BaseValidationAccuracy] = evaluations[0].Accuracy,
            [BaseValidationLoss] = evaluations[0].Loss,
        };
        if (evaluations is [_, var test])
        {
            metrics[BaseAccuracy] = test.Accuracy;
        }

        return metrics;
    }

    /// <summary>Fits the temperature on the validation articles, and measures the trained model and the classifiers that it is compared with.</summary>
    /// <param name="inputs">Holds the trained model, in single precision.</param>
    /// <param name="state">The run's history.</param>
    /// <param name="folder">The run's folder, which holds the base's logits.</param>
    /// <param name="observer">Is told how many articles are done.</param>
    /// <param name="cancellation">Looked at before each batch.</param>
    /// <returns>Null on other ranks than the first, which only share the model's work.</returns>
    public static FineTuningResult? CalibrateAndMeasure(FineTuningInputs inputs, TrainerState state, string folder, IFineTuningObserver observer, CancellationToken cancellation)
    {
        EvaluationResult[] evaluations = Evaluate(inputs, "measuring the result", observer, cancellation);
        if (!inputs.Job.Ranks.IsFirst)
        {
            return null;
        }

        IReadOnlyList<SplitPart> parts = inputs.MeasuredParts;
        double temperature = TemperatureScaling.Fit(evaluations[0].Logits, inputs.LabelsOf(SplitPart.Validation));
        TfidfBaseline? tfidf = TfidfBaseline.TryTrain(inputs.Data.ReadArticles(SplitPart.Train), inputs.LabelsOf(SplitPart.Train), inputs.Manifest.Labels);
        if (tfidf is null)
        {
            observer.OnNote($"no comparison with {TfidfBaseline.Name}: no word is in two training articles");
        }

        MetricsReport[] reports = [.. parts.Zip(evaluations, (part, evaluation) => Report(inputs, part, evaluation, temperature, folder, tfidf))];
        Manifest manifest = inputs.Manifest with
        {
            Temperature = temperature,
            Metrics = Summarize(state, evaluations, reports),
            SelfTest = SelfTestRecorder.Record(inputs.Model, inputs.Tokenizer, inputs.Manifest.MaxTokens, inputs.Manifest.PadTokenId),
        };
        return new(
            manifest,
            state,
            new() { Validation = reports[0], Test = reports.ElementAtOrDefault(1) },
            parts[^1],
            Predictions.FromLogits(manifest.Labels, inputs.LabelsOf(parts[^1]), evaluations[^1].Logits, temperature));
    }

    private static EvaluationResult[] Evaluate(FineTuningInputs inputs, string phase, IFineTuningObserver observer, CancellationToken cancellation)
    {
        EvaluationResult[] evaluations = [];
        observer.During(phase, inputs.MeasuredParts.Sum(part => inputs.Data[part].Count), 0, () =>
            evaluations = [.. inputs.MeasuredParts.Select(part => inputs.Evaluate(part, observer.Count($"{part} articles"), cancellation))]);
        return evaluations;
    }

    private static MetricsReport Report(FineTuningInputs inputs, SplitPart part, EvaluationResult evaluation, double temperature, string folder, TfidfBaseline? tfidf)
    {
        IReadOnlyList<string> names = inputs.Manifest.Labels;
        int[] labels = inputs.LabelsOf(part);
        var others = new List<(string, Predictions)>();
        if (tfidf is not null)
        {
            others.Add((TfidfBaseline.Name, tfidf.Predict(inputs.Data.ReadArticles(part), labels)));
        }

        others.Add((BaseModel, Predictions.FromLogits(names, labels, BaseLogits.Load(folder, part, labels.Length, names.Count), 1)));
        return Measurement.Report(inputs.Describe(part), names, labels, evaluation.Logits, temperature, others);
    }

    /// <summary>The manifest's metrics; those of the held-out articles only where there are any.</summary>
    private static SortedDictionary<string, double> Summarize(TrainerState state, EvaluationResult[] evaluations, MetricsReport[] reports)
    {
        LogEntry best = state.BestEntry;
        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            ["best_epoch"] = best.Epoch,
            ["validation_accuracy"] = best.EvalAccuracy!.Value,
            ["validation_loss"] = best.EvalLoss!.Value,
        };
        foreach (var (name, value) in state.BaseMetrics)
        {
            metrics[name] = value;
        }

        if (reports is [_, var test])
        {
            double? AccuracyOf(string name) => test.ComparedWith.FirstOrDefault(other => other.Name == name)?.Metrics.Accuracy.Value;
            metrics["accuracy"] = test.Model.Accuracy.Value;
            metrics["expected_calibration_error"] = test.Model.ExpectedCalibrationError.Value;
            metrics["log_loss"] = test.Model.LogLoss.Value;
            metrics["loss"] = evaluations[1].Loss;
            metrics["macro_f1"] = test.Model.MacroF1.Value;
            metrics["majority_accuracy"] = AccuracyOf(Measurement.MajorityClass)!.Value;
            metrics["test_rows"] = test.Model.Rows;
            if (test.Model.RocAuc is { } area)
            {
                metrics["roc_auc"] = area.Value;
            }

            if (AccuracyOf(TfidfBaseline.Name) is { } tfidf)
            {
                metrics["tfidf_accuracy"] = tfidf;
            }
        }

        return metrics;
    }
}
