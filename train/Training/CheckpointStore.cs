using System.Globalization;
using System.Text.Json;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Train.Data;
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

    /// <summary>Writes a checkpoint and deletes those beyond the limit; no rank goes on before that is done.</summary>
    public void Save(RunState run)
    {
        if (ranks.IsFirst)
        {
            Write(run);
        }

        ranks.Any(false);
    }

    /// <summary>Reads a checkpoint, and puts parameters, moments and generator back to where it has them.</summary>
    /// <param name="checkpoint">The checkpoint's folder.</param>
    /// <param name="parameters">The trainer's parameters, which are filled.</param>
    /// <param name="config">The base's shape.</param>
    /// <returns>The run; the caller disposes of its best weights.</returns>
    /// <exception cref="InvalidDataException">The checkpoint is broken, or of another recipe, data or base.</exception>
    public RunState Load(string checkpoint, IReadOnlyList<TrainedParameter> parameters, Gpt2Config config)
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
        foreach (TrainedParameter parameter in parameters)
        {
            Fill(parameter.Value, adapter.Read(parameter.Name), $"{checkpoint}: {parameter.Name}");
            Fill(parameter.FirstMoment, moments.ReadFloats($"exp_avg.{parameter.Name}"), $"{moments.Path}: exp_avg.{parameter.Name}");
            Fill(parameter.SecondMoment, moments.ReadFloats($"exp_avg_sq.{parameter.Name}"), $"{moments.Path}: exp_avg_sq.{parameter.Name}");
        }

        List<Tensor> best = [];
        if (state.BestStep is not null)
        {
            using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(checkpoint, BestFile));
            best = [.. parameters.Select(parameter => parameter.Value.detach().clone())];
            foreach (var (parameter, value) in parameters.Zip(best))
            {
                Fill(value, file.ReadFloats(parameter.Name), $"{file.Path}: {parameter.Name}");
            }
        }

        GeneratorState.Set(resume.RandomState, checkpoint);
        return new() { Trainer = state, Counters = resume.Counters, StepEnded = resume.StepEnded, RandomState = resume.RandomState, BestWeights = best };
    }

    private void Write(RunState run)
    {
        string target = PathOf(run.Trainer.Step), temporary = Path.Combine(folder, "." + FolderName(run.Trainer.Step));
        DeleteLeftovers(folder);
        Directory.CreateDirectory(temporary);
        saveAdapter(temporary);
        run.Trainer.Save(temporary);
        var resume = new ResumeState { Inputs = inputs, RandomState = run.RandomState, StepEnded = run.StepEnded, Counters = run.Counters };
        AtomicFile.Write(Path.Combine(temporary, ResumeState.FileName), stream => JsonSerializer.Serialize(stream, resume));
        SafetensorsWriter.Write(Path.Combine(temporary, OptimizerFile), run.Parameters.SelectMany(parameter => (FloatTensor[])
            [ToFloats($"exp_avg.{parameter.Name}", parameter.FirstMoment), ToFloats($"exp_avg_sq.{parameter.Name}", parameter.SecondMoment)]));
        if (run.BestWeights.Count > 0)
        {
            SafetensorsWriter.Write(Path.Combine(temporary, BestFile), run.Parameters.Zip(run.BestWeights, (parameter, value) => ToFloats(parameter.Name, value)));
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
