using System.Globalization;
using FakeNewsOnnx.Train.Metrics;
using FakeNewsOnnx.Train.Training;
using Spectre.Console;

namespace FakeNewsOnnx.Train.Commands;

/// <summary>What <c>train fit</c> measures besides training, and how it shows it.</summary>
internal static class FitReport
{
    /// <summary>The base's accuracy on the held-out articles.</summary>
    private const string BaseAccuracy = "base_accuracy";

    private const string BaseValidationAccuracy = "base_validation_accuracy";
    private const string BaseValidationLoss = "base_validation_loss";

    /// <summary>What the base makes of the articles before training, with the new head.</summary>
    public static (SplitPart Part, Evaluation Evaluation)[] MeasureBase(FitSession session, ProgressDisplay display, CancellationToken cancellation) =>
        [.. session.MeasuredParts.Select(part => (part, session.Evaluate(part, display.Count($"{part} articles"), cancellation)))];

    /// <summary>The run's base metrics.</summary>
    public static SortedDictionary<string, double> BaseMetrics(IEnumerable<(SplitPart Part, Evaluation Evaluation)> measured)
    {
        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var (part, evaluation) in measured)
        {
            if (part == SplitPart.Validation)
            {
                metrics[BaseValidationLoss] = evaluation.Loss;
            }

            metrics[part == SplitPart.Validation ? BaseValidationAccuracy : BaseAccuracy] = evaluation.Accuracy;
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

    /// <summary>Prints the table of sampled articles that the recipe asks for.</summary>
    public static void PrintSample(FitSession session, FitResults results)
    {
        if (session.Recipe.SampleRows > 0)
        {
            Predictions predictions = results.Predictions;
            int[] chosen = [.. SampleTable.Choose(predictions.Labels.Count, session.Recipe.SampleRows, session.Recipe.Seed)];
            IReadOnlyDictionary<int, Article> articles = session.Data.ReadArticles(results.Part, chosen.ToHashSet());
            SampleTable.Print(predictions.LabelNames, chosen.Select(i => (articles[i], predictions.LabelNames[predictions.Labels[i]], predictions.Probabilities[i])));
        }
    }
}
