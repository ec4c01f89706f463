using System.CommandLine;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Hub;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Distributed;
using FakeNewsOnnx.Train.FineTuning;
using FakeNewsOnnx.Train.Model;
using FakeNewsOnnx.Train.Native;
using FakeNewsOnnx.Train.Recipes;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Commands;

/// <summary><c>train fit</c>: from labelled articles to a LoRA adapter directory.</summary>
internal sealed class FitCommand : Command
{
    private readonly Option<string[]> _data = SharedOptions.Data("Labelled articles");
    private readonly Option<string[]> _validationData = new("--validation-data") { Description = "Validation articles of their own, instead of a part or a split of --data.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string[]> _testData = new("--test-data") { Description = "Held-out articles of their own, instead of a part or a split of --data.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string> _base = SharedOptions.Base();
    private readonly Option<string> _out = new("--out") { Description = "The adapter directory to write; checkpoints and logs go there too.", Required = true };
    private readonly Option<bool> _overwrite = new("--overwrite-output-dir") { Description = "Replace the adapter and the checkpoints that are already there." };
    private readonly Option<bool> _resume = new("--resume") { Description = "Go on from the newest checkpoint in --out, with the same data and settings." };
    private readonly Option<string?> _saveTest = new("--save-test") { Description = "Also write the rows that were held out from --data to this file: as they are, or as CSV if they come from Parquet." };
    private readonly Option<string?> _baseName = new("--base-name") { Description = "The base's name on the hub [default: its directory's name]." };
    private readonly Option<int?> _threads = SharedOptions.Threads();
    private readonly Option<DeviceChoice> _device = SharedOptions.Device();
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
        try
        {
            TorchLibrary.Require();
            string output = parsed.GetRequiredValue(_out);
            OutputFolder.Require(output, parsed.GetValue(_overwrite), parsed.GetValue(_resume));
            JobAgreement.RequireSameProgram(ranks);
            IFineTuningObserver observer = ranks.IsFirst ? new FitLines(new(Path.Combine(output, "runs"))) : new SilentObserver();
            FineTuning.FineTuning.Run(ToJob(parsed, ranks, cancellation), observer, cancellation);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException("another rank was interrupted.", e);
        }

        ranks.Leave();
    }

    private FineTuningJob ToJob(ParseResult parsed, Ranks ranks, CancellationToken cancellation)
    {
        string output = parsed.GetRequiredValue(_out);
        Recipe recipe = _recipe.Resolve(parsed);
        BaseSource source = SharedOptions.ResolveBase(parsed.GetRequiredValue(_base), cancellation);
        DataFiles files = SharedOptions.ResolveData(parsed.GetRequiredValue(_data), parsed.GetValue(_validationData), parsed.GetValue(_testData), recipe, cancellation);
        if (parsed.GetValue(_saveTest) is { } target)
        {
            if (files.Test is not null || recipe.TestFraction == 0)
            {
                throw new UsageException("--save-test writes the rows that are split off from --data; with --test-data, or a test_fraction of 0, there are none.");
            }

            if (!OutputFolder.Brings(output, target))
            {
                AtomicFile.RequireWritable(target); // now rather than after the training
            }
        }

        if (ranks.Size > recipe.TrainBatchSize)
        {
            throw new UsageException($"{ranks.Size} ranks share each batch, so --per-device-train-batch-size must be at least that; found {recipe.TrainBatchSize}.");
        }

        set_num_threads(parsed.GetValue(_threads) ?? Math.Max(1, Environment.ProcessorCount / ranks.LocalSize));
        Device device = TorchDevice.Choose(parsed.GetValue(_device), ranks.LocalRank);
        return new()
        {
            Ranks = ranks,
            Device = device,
            Recipe = recipe with { Precision = TorchDevice.Resolve(recipe.Precision, device) },
            Files = files,
            Base = source,
            BaseName = parsed.GetValue(_baseName),
            Output = output,
            Resume = parsed.GetValue(_resume),
            Overwrite = parsed.GetValue(_overwrite),
            SaveTest = parsed.GetValue(_saveTest),
            CacheFolder = parsed.GetValue(_cache) ?? DefaultCache(),
        };
    }

    /// <summary>Only the first rank prints.</summary>
    private sealed class SilentObserver : IFineTuningObserver;

    private static string? DefaultCache() =>
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData) is { Length: > 0 } folder ? Path.Combine(folder, "fakenewsonnx") : null;
}
