using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Train.Report;
using FakeNewsOnnx.Train.Training;

namespace FakeNewsOnnx.Train.FineTuning;

/// <summary>The folder that a run writes into: which runs may start there.</summary>
internal static class OutputFolder
{
    /// <summary>Refuses to mix a run with an earlier one.</summary>
    /// <exception cref="UsageException">The folder holds an adapter or a run that the options do not ask for, or nothing to resume.</exception>
    public static void Require(string output, bool overwrite, bool resume)
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

    /// <summary>
    /// Deletes the files by which an earlier run is finished or can be resumed: the new one may be interrupted too. The earlier adapter stays
    /// until the new one takes its place.
    /// </summary>
    public static void DeleteRun(string output)
    {
        CheckpointStore.DeleteAll(output);
        File.Delete(Path.Combine(output, ReportWriter.FileName));
    }

    /// <summary>Returns true if a file's folder does not exist yet, but is the output's or one above it.</summary>
    public static bool Brings(string output, string file) => Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder
        && !Directory.Exists(folder)
        && (Path.GetFullPath(output) + Path.DirectorySeparatorChar).StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
