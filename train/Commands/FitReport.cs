using System.Globalization;
using FakeNewsOnnx.Train.Training;
using Spectre.Console;

namespace FakeNewsOnnx.Train.Commands;

/// <summary>What <c>train fit</c> measures besides training, and how it shows it.</summary>
internal static class FitReport
{
    /// <summary>The base's accuracy on the held-out articles.</summary>
    public const string BaseAccuracy = "base_accuracy";

    private const string BaseValidationAccuracy = "base_validation_accuracy";
    private const string BaseValidationLoss = "base_validation_loss";

    /// <summary>What the base is worth before training, with the new head.</summary>
    public static SortedDictionary<string, double> MeasureBase(FitSession session, ProgressDisplay display, CancellationToken cancellation)
    {
        Evaluation Measure(SplitPart part) => session.Evaluate(part, display.Count($"{part} articles"), cancellation);
        Evaluation validation = Measure(SplitPart.Validation);
        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            [BaseValidationLoss] = validation.Loss,
            [BaseValidationAccuracy] = validation.Accuracy,
        };
        if (session.Data[SplitPart.Test].Count > 0)
        {
            metrics[BaseAccuracy] = Measure(SplitPart.Test).Accuracy;
        }

        return metrics;
    }

    /// <summary>Prints the base's line.</summary>
    public static void PrintBase(TrainerState state) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"base, before training: validation loss {state.BaseMetrics[BaseValidationLoss]:F4}, accuracy {state.BaseMetrics[BaseValidationAccuracy]:F4}"));

    /// <summary>A line on a new entry of the history.</summary>
    public static string Describe(LogEntry entry) => entry.EvalLoss is { } loss
        ? string.Create(CultureInfo.InvariantCulture, $"step {entry.Step}, epoch {entry.Epoch:0.##}: validation loss {loss:F4}, accuracy {entry.EvalAccuracy:F4}")
        : string.Create(CultureInfo.InvariantCulture, $"step {entry.Step}, epoch {entry.Epoch:0.##}: loss {entry.Loss:F4}, gradient norm {entry.GradientNorm:F4}, learning rate {entry.LearningRate:0.##E+0}");

    /// <summary>The notebook's table: one line for each evaluation, with the training loss that was logged last.</summary>
    public static void PrintEpochs(TrainerState state)
    {
        var table = new Table { Border = TableBorder.Markdown };
        table.AddColumns("Epoch", "Training Loss", "Validation Loss", "Accuracy", "");
        string trainingLoss = "No log";
        foreach (LogEntry entry in state.History)
        {
            trainingLoss = entry.Loss is { } loss ? Four(loss) : trainingLoss;
            if (entry.EvalLoss is { } validationLoss)
            {
                table.AddRow(
                    entry.Epoch.ToString("0.##", CultureInfo.InvariantCulture), trainingLoss, Four(validationLoss), Four(entry.EvalAccuracy!.Value),
                    entry.Step == state.BestStep ? "kept" : "");
            }
        }

        AnsiConsole.Write(table);

        static string Four(double value) => value.ToString("F4", CultureInfo.InvariantCulture);
    }

    /// <summary>The manifest's metrics; those of the held-out articles only where there are any.</summary>
    public static SortedDictionary<string, double> Metrics(FitSession session, TrainerState state, Evaluation? test)
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

        if (test is not null)
        {
            metrics["accuracy"] = test.Accuracy;
            metrics["loss"] = test.Loss;
            metrics["majority_accuracy"] = (double)session.Data[SplitPart.Test].CountBy(example => example.Label).Max(label => label.Value) / test.Logits.Length;
            metrics["test_rows"] = test.Logits.Length;
        }

        return metrics;
    }

    /// <summary>Prints the table of sampled articles that the recipe asks for: held-out ones, or validation articles where none are.</summary>
    public static void PrintSample(FitSession session)
    {
        SplitPart part = session.Data[SplitPart.Test].Count > 0 ? SplitPart.Test : SplitPart.Validation;
        IReadOnlyList<Example> examples = session.Data[part];
        if (session.Recipe.SampleRows > 0)
        {
            int[] chosen = [.. SampleTable.Choose(examples.Count, session.Recipe.SampleRows, session.Recipe.Seed)];
            IReadOnlyDictionary<int, Article> articles = session.Data.ReadArticles(part, chosen.ToHashSet());
            SampleTable.Print(session.Recipe.Labels, chosen.Select(i =>
            {
                using var _ = TorchSharp.torch.no_grad();
                float[] logits = Evaluation.RunBatch(session.Model, [examples[i].InputIds], session.Manifest.PadTokenId)[0];
                return (articles[i], session.Recipe.Labels[examples[i].Label], Probabilities.FromLogits(logits, session.Manifest.Temperature));
            }));
        }
    }
}
