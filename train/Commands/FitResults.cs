using FakeNewsOnnx.Train.Metrics;
using FakeNewsOnnx.Train.Training;

namespace FakeNewsOnnx.Train.Commands;

/// <summary>All that a finished run has measured.</summary>
/// <param name="Manifest">The adapter's manifest, complete.</param>
/// <param name="State">The run's history.</param>
/// <param name="Metrics">Its <c>metrics.json</c>.</param>
/// <param name="Part">The articles that show how good it is: the held-out ones, or the validation articles where none were held out.</param>
/// <param name="Predictions">What the trained model, at its temperature, made of them, in their order.</param>
internal sealed record FitResults(Manifest Manifest, TrainerState State, MetricsFile Metrics, SplitPart Part, Predictions Predictions)
{
    private const string BaseModel = "base model";

    /// <summary>Measures the trained model, in single precision, and what it is compared with.</summary>
    /// <param name="session">Holds the trained model.</param>
    /// <param name="state">The run's history.</param>
    /// <param name="folder">The run's folder, which holds the base's logits.</param>
    /// <param name="display">Is told how many articles are done.</param>
    /// <param name="cancellation">Looked at before each batch.</param>
    /// <returns>Null on other ranks than the first, which only share the model's work.</returns>
    public static FitResults? Measure(FitSession session, TrainerState state, string folder, ProgressDisplay display, CancellationToken cancellation)
    {
        IReadOnlyList<SplitPart> parts = session.MeasuredParts;
        Evaluation[] evaluations = [.. parts.Select(part => session.Evaluate(part, display.Count($"{part} articles"), cancellation))];
        if (!session.Ranks.IsFirst)
        {
            return null;
        }

        double temperature = TemperatureScaling.Fit(evaluations[0].Logits, LabelsOf(session, SplitPart.Validation));
        TfidfBaseline? tfidf = TfidfBaseline.TryTrain(session.Data.ReadArticles(SplitPart.Train), LabelsOf(session, SplitPart.Train), session.Manifest.Labels);
        if (tfidf is null)
        {
            display.Print($"no comparison with {TfidfBaseline.Name}: no word is in two training articles");
        }

        MetricsReport[] reports = [.. parts.Zip(evaluations, (part, evaluation) => Report(session, part, evaluation, temperature, folder, tfidf))];
        Manifest manifest = session.Manifest with
        {
            Temperature = temperature,
            Metrics = Summarize(state, evaluations, reports),
            SelfTest = SelfTestRecorder.Record(session.Model, session.Tokenizer, session.Manifest.MaxTokens, session.Manifest.PadTokenId),
        };
        return new(
            manifest,
            state,
            new() { Validation = reports[0], Test = reports.ElementAtOrDefault(1) },
            parts[^1],
            Predictions.FromLogits(manifest.Labels, LabelsOf(session, parts[^1]), evaluations[^1].Logits, temperature));
    }

    private static MetricsReport Report(FitSession session, SplitPart part, Evaluation evaluation, double temperature, string folder, TfidfBaseline? tfidf)
    {
        IReadOnlyList<string> names = session.Manifest.Labels;
        int[] labels = LabelsOf(session, part);
        var others = new List<(string, Predictions)>();
        if (tfidf is not null)
        {
            others.Add((TfidfBaseline.Name, tfidf.Predict(session.Data.ReadArticles(part), labels)));
        }

        others.Add((BaseModel, Predictions.FromLogits(names, labels, BaseLogits.Load(folder, part, labels.Length, names.Count), 1)));
        return Measurement.Report(session.Describe(part), names, labels, evaluation.Logits, temperature, others);
    }

    /// <summary>The manifest's metrics; those of the held-out articles only where there are any.</summary>
    private static SortedDictionary<string, double> Summarize(TrainerState state, Evaluation[] evaluations, MetricsReport[] reports)
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

    private static int[] LabelsOf(FitSession session, SplitPart part) => [.. session.Data[part].Select(example => example.Label)];
}
