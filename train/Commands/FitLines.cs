using System.Globalization;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.FineTuning;
using FakeNewsOnnx.Train.Model;
using FakeNewsOnnx.Train.Recipes;
using FakeNewsOnnx.Train.Training;
using Spectre.Console;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Commands;

/// <summary>Prints how a run of <c>train fit</c> goes.</summary>
/// <param name="tensorBoard">Gets the history too.</param>
internal sealed class FitLines(TensorBoardLog tensorBoard) : IFineTuningObserver
{
    private ProgressDisplay? _display;

    public void OnLoaded(FineTuningInputs inputs)
    {
        FineTuningJob job = inputs.Job;
        ArticleDataset data = inputs.Data;
        if (job.Ranks.Library is { } library)
        {
            Print($"{job.Ranks.Size} ranks of {get_num_threads()} threads share each batch ({library})");
        }

        foreach (string note in data.Notes)
        {
            Console.Error.WriteLine($"note: {note}");
        }

        Print($"{job.Files.Name}: {data[SplitPart.Train].Count} articles to train on, {data[SplitPart.Validation].Count} to validate, {data[SplitPart.Test].Count} held out; {data.Truncated} longer than {inputs.Manifest.MaxTokens} tokens");
        Print($"{data.Account}");
        Print($"{ModelLoader.DescribeTrainable(inputs.Model, inputs.Lora)}");
        if (job.Recipe.Precision == Precision.Bf16 && inputs.Model.Device.type == TorchSharp.DeviceType.CPU && !FrozenProduct.CpuHasBFloat16)
        {
            Print($"precision bf16: this CPU has no instructions for it; frozen weights are kept in bf16 and widened for each product");
        }
    }

    public void OnResumed(TrainerState state) => Print($"going on after step {state.Step} of {state.MaxSteps}");

    public void OnBaseMeasured(TrainerState state) => Print(
        $"base, before training: validation loss {state.BaseMetrics[RunMetrics.BaseValidationLoss]:F4}, accuracy {state.BaseMetrics[RunMetrics.BaseValidationAccuracy]:F4}");

    public void OnStep(StepResult? lastRead) => _display!.Report(
        lastRead is { } read ? string.Create(CultureInfo.InvariantCulture, $"loss {read.Loss:F4}, learning rate {read.LearningRate:0.##E+0}") : "loss: at the next log entry", advance: 1);

    public void OnValidated(int articles) => _display!.Report($"evaluating article {articles}");

    public void OnLog(LogEntry entry)
    {
        tensorBoard.Add(entry);
        _display!.Print(entry.EvalLoss is { } loss
            ? string.Create(CultureInfo.InvariantCulture, $"step {entry.Step}, epoch {entry.Epoch:0.##}: validation loss {loss:F4}, accuracy {entry.EvalAccuracy:F4}")
            : string.Create(CultureInfo.InvariantCulture, $"step {entry.Step}, epoch {entry.Epoch:0.##}: loss {entry.Loss:F4}, gradient norm {entry.GradientNorm:F4}, learning rate {entry.LearningRate:0.##E+0}"));
    }

    public void OnInterrupted(TrainerState state, string checkpoint) =>
        Print($"interrupted after step {state.Step} of {state.MaxSteps}; {checkpoint} is written, --resume goes on from it");

    public void OnTrained(TrainerState state, long bytesExchanged)
    {
        PrintEpochs(state);
        if (bytesExchanged > 0)
        {
            Print($"{bytesExchanged} bytes a step from each rank");
        }
    }

    public void OnNote(string note) => Console.WriteLine(note);

    public void OnWritten(FineTuningInputs inputs, FineTuningResult result)
    {
        AnsiConsole.Console.Print(MetricsTables.Of(result.Metrics.Own!));
        Recipe recipe = inputs.Job.Recipe;
        if (recipe.SampleRows > 0)
        {
            Predictions predictions = result.Predictions;
            int[] chosen = NumpyRandom.Sample(predictions.Labels.Count, recipe.SampleRows, recipe.Seed);
            IReadOnlyDictionary<int, Article> articles = inputs.Data.ReadArticles(result.Part, chosen.ToHashSet());
            SampleTable.Print(predictions.LabelNames, chosen.Select(i => (articles[i], predictions.LabelNames[predictions.Labels[i]], predictions.Probabilities[i])));
        }

        Print($"adapter written to {inputs.Job.Output}");
    }

    public void During(string phase, int units, int done, Action work) => ProgressDisplay.Run(phase, units, done, display =>
    {
        _display = display;
        work();
        return display;
    });

    public Action<int> Count(string what) => _display!.Count(what);

    /// <summary>Prints the notebook's table: one line for each evaluation, with the training loss that was logged last.</summary>
    private static void PrintEpochs(TrainerState state)
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

    private static void Print(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
