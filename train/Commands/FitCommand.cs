using System.CommandLine;
using System.Globalization;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Hub;
using FakeNewsOnnx.Train.Audit;
using FakeNewsOnnx.Train.Distributed;
using FakeNewsOnnx.Train.Lora;
using FakeNewsOnnx.Train.Metrics;
using FakeNewsOnnx.Train.Native;
using FakeNewsOnnx.Train.Report;
using FakeNewsOnnx.Train.Sources;
using FakeNewsOnnx.Train.Training;
using Spectre.Console;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Commands;

/// <summary><c>train fit</c>: from labelled articles to a LoRA adapter directory.</summary>
internal sealed class FitCommand : Command
{
    private readonly Option<string[]> _data = SourceOptions.Data("Labelled articles");
    private readonly Option<string[]> _validationData = new("--validation-data") { Description = "Validation articles of their own, instead of a part or a split of --data.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string[]> _testData = new("--test-data") { Description = "Held-out articles of their own, instead of a part or a split of --data.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string> _base = SourceOptions.Base();
    private readonly Option<string> _out = new("--out") { Description = "The adapter directory to write; checkpoints and logs go there too.", Required = true };
    private readonly Option<bool> _overwrite = new("--overwrite-output-dir") { Description = "Replace the adapter and the checkpoints that are already there." };
    private readonly Option<bool> _resume = new("--resume") { Description = "Go on from the newest checkpoint in --out, with the same data and settings." };
    private readonly Option<string?> _saveTest = new("--save-test") { Description = "Also write the rows that were held out from --data to this file: as they are, or as CSV if they come from Parquet." };
    private readonly Option<string?> _baseName = new("--base-name") { Description = "The base's name on the hub [default: its directory's name]." };
    private readonly Option<int?> _threads = new Option<int?>("--threads") { Description = "CPU threads of each process; another number may change the last digits [default: all, shared by the MPI ranks of the machine]." }.AtLeast(1);
    private readonly Option<DeviceChoice> _device = new("--device") { Description = TorchDevice.Description };
    private readonly Option<string?> _cache = new("--cache-dir") { Description = "Where tokens are kept for the next run [default: the user's folder for application data]." };
    private readonly RecipeOptions _recipe;

    public FitCommand()
        : base("fit", "Fine-tune GPT-2 with LoRA on labelled articles.")
    {
        foreach (Option option in (Option[])[_data, _validationData, _testData, _base, _out, _overwrite, _resume, _saveTest, _baseName, _threads, _device, _cache])
        {
            Options.Add(option);
        }

        _recipe = new(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), cancellation));
    }

    private void Run(ParseResult parsed, CancellationToken cancellation)
    {
        Ranks ranks = Ranks.Join(); // before all that can fail: launchers wait for a rank that ends without having joined
        if (!ranks.IsFirst)
        {
            Console.SetOut(TextWriter.Null);
            AnsiConsole.Console = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(TextWriter.Null) });
        }

        try
        {
            TorchLibrary.Require();
            Run(parsed, ranks, cancellation);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException("another rank was interrupted.", e);
        }

        ranks.Leave();
    }

    private void Run(ParseResult parsed, Ranks ranks, CancellationToken cancellation)
    {
        string output = parsed.GetRequiredValue(_out);
        CheckOutput(output, parsed.GetValue(_overwrite), parsed.GetValue(_resume));
        JobAgreement.RequireSameProgram(ranks);
        Recipe recipe = _recipe.Resolve(parsed);
        BaseSource source = SourceOptions.ResolveBase(parsed.GetRequiredValue(_base), cancellation);
        DataFiles files = SourceOptions.ResolveData(parsed.GetRequiredValue(_data), parsed.GetValue(_validationData), parsed.GetValue(_testData), recipe, cancellation);
        if (parsed.GetValue(_saveTest) is not null && (files.Test is not null || recipe.TestFraction == 0))
        {
            throw new UsageException("--save-test writes the rows that are split off from --data; with --test-data, or a test_fraction of 0, there are none.");
        }

        if (parsed.GetValue(_saveTest) is { } target && !ComesIntoBeingWith(output, target))
        {
            AtomicFile.RequireWritable(target); // now rather than after the training
        }

        if (ranks.Size > recipe.TrainBatchSize)
        {
            throw new UsageException($"{ranks.Size} ranks share each batch, so --per-device-train-batch-size must be at least that; found {recipe.TrainBatchSize}.");
        }

        set_num_threads(parsed.GetValue(_threads) ?? Math.Max(1, Environment.ProcessorCount / ranks.LocalSize));
        Device device = TorchDevice.Choose(parsed.GetValue(_device), ranks.LocalRank);
        recipe = recipe with { Precision = TorchDevice.Resolve(recipe.Precision, device) };
        var times = new StepTimes();
        using FitSession session = times.Measure(
            "reading",
            () => FitSession.Load(ranks, device, recipe, files, source, parsed.GetValue(_baseName), parsed.GetValue(_cache) ?? DefaultCache(), cancellation),
            loaded => loaded.Data.Count);
        ArticleDataset data = session.Data;
        if (ranks.Library is { } library)
        {
            Print($"{ranks.Size} ranks of {get_num_threads()} threads share each batch ({library})");
        }

        Print($"{files.Name}: {data[SplitPart.Train].Count} articles to train on, {data[SplitPart.Validation].Count} to validate, {data[SplitPart.Test].Count} held out; left out: {data.Incomplete} without title or content, {data.Ignored} with an ignored label; {data.Truncated} longer than {session.Manifest.MaxTokens} tokens");
        Print($"{ModelLoader.DescribeTrainable(session.Model, session.Lora)}");
        if (recipe.Precision == Precision.Bf16 && session.Model.Device.type == TorchSharp.DeviceType.CPU && !FrozenProduct.CpuHasBFloat16)
        {
            Print($"precision bf16: this CPU has no instructions for it; frozen weights are kept in bf16 and widened for each product");
        }

        TrainerState state = Train(session, output, parsed.GetValue(_resume), parsed.GetValue(_overwrite), times, cancellation);
        session.UseSinglePrecision();
        FitResults? results = times.Measure("evaluation", () => Measure(session, state, output, cancellation), _ => session.MeasuredParts.Sum(part => data[part].Count));
        if (results is null)
        {
            return; // another rank than the first
        }

        ReportData page = FitPage.Gather(session, results, times, cancellation);
        if (parsed.GetValue(_saveTest) is { } testPath)
        {
            HeldOutRows.Write(data[SplitPart.Test], ArticleColumns.Parse(recipe.Columns), testPath);
        }

        Save(session, results, page.Audit, output);
        FitPage.Write(output, page);
        AnsiConsole.Console.Print(MetricsTables.Of(results.Metrics.Own!));
        FitReport.PrintSample(session, results);
        Print($"adapter written to {output}");
    }

    /// <summary>Whether a file's folder is not there yet, but is the output's or one above it.</summary>
    private static bool ComesIntoBeingWith(string output, string file) => Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder
        && !Directory.Exists(folder)
        && (Path.GetFullPath(output) + Path.DirectorySeparatorChar).StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static void CheckOutput(string output, bool overwrite, bool resume)
    {
        bool hasAdapter = File.Exists(Path.Combine(output, AdapterDirectory.WeightsFile)), isStarted = CheckpointStore.AnyIn(output);
        bool isFinished = hasAdapter && File.Exists(Path.Combine(output, ReportWriter.FileName));
        string? mistake =
            overwrite && resume ? "--resume goes on with what is there, --overwrite-output-dir deletes it; give only one of them."
            : overwrite ? null
            : (resume ? isFinished : hasAdapter) ? "an adapter is already there; --overwrite-output-dir replaces it."
            : resume && !isStarted ? "there is no checkpoint to resume from."
            : isStarted && !resume ? "an unfinished run is there; --resume goes on with it, --overwrite-output-dir starts again."
            : null;
        if (mistake is not null)
        {
            throw new UsageException($"{output}: {mistake}");
        }
    }

    private static TrainerState Train(FitSession session, string output, bool resume, bool overwrite, StepTimes times, CancellationToken cancellation)
    {
        Recipe recipe = session.Recipe;
        var checkpoints = new CheckpointStore(output, recipe.SaveTotalLimit, session.Inputs, session.Ranks, folder =>
            AdapterDirectory.Save(folder, session.Lora, ModelLoader.ToFloatTensors(session.Model), session.Manifest, ModelCard.WriteCheckpoint(session.Manifest)));
        using var trainer = new Trainer(session.Model, recipe, session.Manifest.PadTokenId, session.Data[SplitPart.Train], session.Ranks);
        var tensorBoard = new Lazy<TensorBoardLog>(() => new(Path.Combine(output, "runs")));
        ProgressDisplay? display = null;
        using var run = new TrainingRun(
            session.Model, trainer, recipe, session.Data[SplitPart.Train],
            token => session.Evaluate(SplitPart.Validation, rows => display!.Report($"evaluating article {rows}"), token),
            checkpoints,
            new(
                step => display!.Report(step is { } read ? string.Create(CultureInfo.InvariantCulture, $"loss {read.Loss:F4}, learning rate {read.LearningRate:0.##E+0}") : "loss: at the next log entry", advance: 1),
                entry =>
                {
                    if (session.Ranks.IsFirst)
                    {
                        tensorBoard.Value.Add(entry);
                    }

                    display!.Print(FitReport.Describe(entry));
                }));
        JobAgreement.RequireSameStart(session, resume ? checkpoints.Newest : null);
        if (resume)
        {
            run.ContinueFrom(checkpoints.Newest!, session.Config);
            Print($"going on after step {run.State.Step} of {run.State.MaxSteps}");
        }
        else
        {
            int articles = session.Data[SplitPart.Validation].Count + session.Data[SplitPart.Test].Count;
            (SplitPart, Evaluation)[] baseEvaluations = [];
            ProgressDisplay.Run("measuring the base", articles, 0, progress => baseEvaluations = FitReport.MeasureBase(session, progress, cancellation));
            if (session.Ranks.IsFirst)
            {
                Directory.CreateDirectory(output);
                if (overwrite)
                {
                    DeleteRun(output);
                }

                BaseLogits.Save(output, baseEvaluations.Select(entry => (entry.Item1, entry.Item2.Logits)));
            }

            run.StartFrom(FitReport.BaseMetrics(baseEvaluations));
        }

        FitReport.PrintBase(run.State);
        if (session.Ranks.IsFirst)
        {
            CheckpointStore.DeleteLeftovers(output);
            AtomicFile.Write(Path.Combine(output, "recipe.json"), stream => stream.Write(recipe.ToUtf8Json()));
        }

        try
        {
            double before = run.State.Epoch;
            times.Measure(
                "training",
                () =>
                {
                    ProgressDisplay.Run("training", trainer.TotalSteps, run.State.Step, progress =>
                    {
                        display = progress;
                        run.Run(cancellation);
                    });
                    return run.State.Epoch - before;
                },
                epochs => (int)Math.Round(epochs * session.Data[SplitPart.Train].Count));
        }
        catch (OperationCanceledException) when (checkpoints.Newest is { } newest)
        {
            Print($"interrupted after step {run.State.Step} of {run.State.MaxSteps}; {newest} is written, --resume goes on from it");
            throw;
        }

        FitReport.PrintEpochs(run.State);
        if (trainer.BytesExchanged > 0)
        {
            Print($"{trainer.BytesExchanged} bytes a step from each rank");
        }

        return run.State;
    }

    private static FitResults? Measure(FitSession session, TrainerState state, string output, CancellationToken cancellation)
    {
        FitResults? results = null;
        int articles = session.Data[SplitPart.Validation].Count + session.Data[SplitPart.Test].Count;
        ProgressDisplay.Run("measuring the result", articles, 0, display => results = FitResults.Measure(session, state, output, display, cancellation));
        return results;
    }

    /// <summary>
    /// Deletes what says that an earlier run is finished or can be resumed: the new one may be interrupted too. The earlier adapter stays until the new one takes its place.
    /// </summary>
    private static void DeleteRun(string output)
    {
        CheckpointStore.DeleteAll(output);
        File.Delete(Path.Combine(output, ReportWriter.FileName));
    }

    /// <summary>Writes what was measured, and last the adapter. The run ends with the page, which tells the adapter's hash.</summary>
    private static void Save(FitSession session, FitResults results, AuditReport? audit, string output)
    {
        results.State.Save(output);
        results.Metrics.Save(output);
        var data = new CardData(session.Files.ShortName, session.Files.HubId, Enum.GetValues<SplitPart>().ToDictionary(part => part, part => session.Data[part].Count));
        string card = ModelCard.Write(results.Manifest, results.Metrics, session.Recipe, data, audit);
        AdapterDirectory.Save(output, session.Lora, ModelLoader.ToFloatTensors(session.Model), results.Manifest, card);
    }

    private static string? DefaultCache() =>
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData) is { Length: > 0 } folder ? Path.Combine(folder, "fakenewsonnx") : null;

    private static void Print(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
