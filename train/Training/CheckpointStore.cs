using System.Globalization;
using System.Text.Json;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Train.Distributed;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Training;

/// <summary>
/// The <c>checkpoint-N</c> folders of a run. Each is an adapter directory that PEFT loads, with all that the run needs to go on; it is
/// written beside its place and renamed, so that it is whole or absent.
/// </summary>
/// <param name="folder">The run's output folder.</param>
/// <param name="limit">How many to keep, the newest; null for all.</param>
/// <param name="inputs">What the run is made from, by name.</param>
/// <param name="ranks">The processes that train together: the first one writes, all can load.</param>
/// <param name="saveAdapter">Writes the adapter as it is now into a folder.</param>
internal sealed class CheckpointStore(string folder, int? limit, IReadOnlyDictionary<string, string> inputs, Ranks ranks, Action<string> saveAdapter)
{
    private const string Prefix = "checkpoint-";
    private const string OptimizerFile = "optimizer.safetensors";
    private const string BestFile = "best.safetensors";

    /// <summary>The folder of the newest checkpoint; null when there is none.</summary>
    public string? Newest => Steps(folder) is [.., var step] ? PathOf(step) : null;

    /// <summary>Whether an output folder holds any.</summary>
    public static bool AnyIn(string folder) => Steps(folder).Count > 0;

    /// <summary>Deletes what a run that was killed had begun to write. No other run may be writing there.</summary>
    public static void DeleteLeftovers(string folder)
    {
        if (Directory.Exists(folder))
        {
            AtomicFile.DeleteLeftovers(folder);
            Array.ForEach(Directory.GetDirectories(folder, $".{Prefix}*"), leftover => Directory.Delete(leftover, recursive: true));
        }
    }

    /// <summary>Deletes all checkpoints of a folder, and what an interrupted write left.</summary>
    public static void DeleteAll(string folder)
    {
        DeleteLeftovers(folder);
        foreach (int step in Steps(folder))
        {
            Directory.Delete(Path.Combine(folder, FolderName(step)), recursive: true);
        }
    }

    /// <summary>Writes the checkpoint of a run's state and deletes those beyond the limit; no rank goes on before that is done.</summary>
    public void Save(Trainer trainer, TrainerState state, RunCounters counters, bool stepEnded, string randomState, IReadOnlyList<Tensor> best)
    {
        if (ranks.IsFirst)
        {
            Write(trainer, state, counters, stepEnded, randomState, best);
        }

        ranks.Any(false);
    }

    /// <summary>Puts parameters, moments and generator back to where a checkpoint has them.</summary>
    /// <returns>The run's state, and the best weights, which the caller disposes.</returns>
    /// <exception cref="InvalidDataException">The checkpoint is broken, or of another recipe, data or base.</exception>
    public (TrainerState State, ResumeState Resume, List<Tensor> Best) Load(string checkpoint, Trainer trainer, Gpt2Config config)
    {
        var resume = JsonFile.Read<ResumeState>(Path.Combine(checkpoint, ResumeState.FileName));
        foreach (var (name, value) in inputs)
        {
            if (resume.Inputs.GetValueOrDefault(name) is var found && found != value)
            {
                throw new InvalidDataException($"{checkpoint}: a checkpoint of another run: {name} was {found ?? "absent"}, now it is {value}.");
            }
        }

        TrainerState state = TrainerState.Load(checkpoint);
        using AdapterDirectory adapter = AdapterDirectory.Open(checkpoint, config);
        using SafetensorsFile moments = SafetensorsFile.Open(Path.Combine(checkpoint, OptimizerFile));
        using var _ = no_grad();
        foreach (var (name, parameter) in trainer.Trainable)
        {
            Fill(parameter, adapter.Read(name), $"{checkpoint}: {name}");
        }

        trainer.ContinueAfter(state.Step);
        foreach (var (name, first, second) in trainer.Moments())
        {
            Fill(first, moments.ReadFloats($"exp_avg.{name}"), $"{moments.Path}: exp_avg.{name}");
            Fill(second, moments.ReadFloats($"exp_avg_sq.{name}"), $"{moments.Path}: exp_avg_sq.{name}");
        }

        List<Tensor> best = [];
        if (state.BestStep is not null)
        {
            using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(checkpoint, BestFile));
            best = [.. trainer.Trainable.Select(entry => entry.Value.detach().clone())];
            foreach (var (entry, value) in trainer.Trainable.Zip(best))
            {
                Fill(value, file.ReadFloats(entry.Name), $"{file.Path}: {entry.Name}");
            }
        }

        RandomState.Set(resume.RandomState, checkpoint);
        return (state, resume, best);
    }

    private void Write(Trainer trainer, TrainerState state, RunCounters counters, bool stepEnded, string randomState, IReadOnlyList<Tensor> best)
    {
        string target = PathOf(state.Step), temporary = Path.Combine(folder, "." + FolderName(state.Step));
        DeleteLeftovers(folder);
        Directory.CreateDirectory(temporary);
        saveAdapter(temporary);
        state.Save(temporary);
        var resume = new ResumeState { Inputs = inputs, RandomState = randomState, StepEnded = stepEnded, Counters = counters };
        AtomicFile.Write(Path.Combine(temporary, ResumeState.FileName), stream => JsonSerializer.Serialize(stream, resume));
        SafetensorsWriter.Write(Path.Combine(temporary, OptimizerFile), trainer.Moments().SelectMany(moments => (FloatTensor[])
            [ToFloats($"exp_avg.{moments.Name}", moments.First), ToFloats($"exp_avg_sq.{moments.Name}", moments.Second)]));
        if (best.Count > 0)
        {
            SafetensorsWriter.Write(Path.Combine(temporary, BestFile), trainer.Trainable.Zip(best, (entry, value) => ToFloats(entry.Name, value)));
        }

        if (Directory.Exists(target))
        {
            Directory.Move(target, temporary + ".old");
        }

        Directory.Move(temporary, target);
        DeleteLeftovers(folder);
        foreach (int old in Steps(folder).SkipLast(limit ?? int.MaxValue))
        {
            Directory.Delete(PathOf(old), recursive: true);
        }
    }

    private string PathOf(int step) => Path.Combine(folder, FolderName(step));

    private static string FolderName(int step) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{step}");

    private static List<int> Steps(string folder) => !Directory.Exists(folder) ? [] :
    [
        .. Directory.GetDirectories(folder, Prefix + "*")
            .Select(path => int.TryParse(Path.GetFileName(path)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int step) ? step : -1)
            .Where(step => step >= 0).Order(),
    ];

    private static FloatTensor ToFloats(string name, Tensor values) => new(name, values.shape, () => values.cpu().data<float>().ToArray());

    private static void Fill(Tensor target, float[] values, string name)
    {
        if (values.Length != target.numel())
        {
            throw new InvalidDataException($"{name}: expected {target.numel()} values; found {values.Length}.");
        }

        using var scope = NewDisposeScope();
        target.copy_(tensor(values, target.shape));
    }
}

/// <summary>The state of libtorch's generator for the CPU, which draws the dropouts there, in Base64.</summary>
internal static class RandomState
{
    public static string Get()
    {
        using var scope = NewDisposeScope();
        return Convert.ToBase64String(get_rng_state().data<byte>().ToArray());
    }

    /// <param name="state">What <see cref="Get"/> gave.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="InvalidDataException">Not such a state.</exception>
    public static void Set(string state, string source)
    {
        using var scope = NewDisposeScope();
        var bytes = new byte[get_rng_state().numel()];
        if (!Convert.TryFromBase64String(state, bytes, out int count) || count != bytes.Length)
        {
            throw new InvalidDataException($"{source}: rng_state must be {bytes.Length} bytes in Base64.");
        }

        set_rng_state(tensor(bytes));
    }
}
