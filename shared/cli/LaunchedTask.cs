using System.Globalization;

namespace FakeNewsOnnx.Cli;

/// <summary>Which of several equal processes this one is, as whatever started them says in environment variables.</summary>
/// <param name="Launcher">What started them.</param>
/// <param name="Index">This one, from 0.</param>
/// <param name="Count">How many there are; null where the launcher does not say.</param>
/// <param name="LocalIndex">This one among those on the same machine, from 0.</param>
/// <param name="LocalCount">How many are on the same machine; null where the launcher does not say.</param>
public sealed record LaunchedTask(Launcher Launcher, int Index, int? Count, int LocalIndex = 0, int? LocalCount = null)
{
    /// <summary>The ranks of an MPI job, or the tasks of a Slurm step; null when this process was started alone.</summary>
    /// <param name="variable">Reads an environment variable: <see cref="Environment.GetEnvironmentVariable(string)"/>.</param>
    /// <exception cref="InvalidDataException">The variables contradict one another.</exception>
    public static LaunchedTask? FindRank(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        var read = new Variables(variable);
        LaunchedTask? task =
            read.Has("OMPI_COMM_WORLD_RANK") ? new(Launcher.OpenMpi, read.Number("OMPI_COMM_WORLD_RANK"), read.Number("OMPI_COMM_WORLD_SIZE"), read.Number("OMPI_COMM_WORLD_LOCAL_RANK"), read.Number("OMPI_COMM_WORLD_LOCAL_SIZE"))
            : read.Has("PMI_RANK") ? new(Launcher.Mpich, read.Number("PMI_RANK"), read.Number("PMI_SIZE"), read.OptionalNumber("MPI_LOCALRANKID") ?? read.OptionalNumber("SLURM_LOCALID") ?? 0, read.OptionalNumber("MPI_LOCALNRANKS"))
            : read.Has("SLURM_STEP_NUM_TASKS") && read.Has("SLURM_PROCID") ? new(read.Has("PMIX_RANK") ? Launcher.Pmix : Launcher.SlurmStep, read.Number("SLURM_PROCID"), read.Number("SLURM_STEP_NUM_TASKS"), read.OptionalNumber("SLURM_LOCALID") ?? 0, read.FirstNumber("SLURM_STEP_TASKS_PER_NODE"))
            : null;
        return task is { Count: 1 } ? null : task?.Checked();
    }

    /// <summary>The same, or the tasks of a Slurm array, or the pods of a Kubernetes indexed job.</summary>
    /// <param name="variable">Reads an environment variable.</param>
    /// <exception cref="InvalidDataException">The variables contradict one another, or an array has gaps.</exception>
    public static LaunchedTask? FindAny(Func<string, string?> variable)
    {
        var read = new Variables(variable);
        LaunchedTask? rank = FindRank(variable);
        LaunchedTask? array = read.Has("SLURM_ARRAY_TASK_ID") ? FromArray(read) : null;
        return rank is not null && array is not null
            ? throw new InvalidDataException($"this is rank {rank.Index} of {rank.Count} and, at the same time, task {array.Index} of {array.Count} of a Slurm array: which part it is must be said as k/n.")
            : rank ?? array ?? (read.Has("JOB_COMPLETION_INDEX") ? new LaunchedTask(Launcher.Kubernetes, read.Number("JOB_COMPLETION_INDEX"), read.OptionalNumber("JOB_COMPLETIONS")).Checked() : null);
    }

    private static LaunchedTask FromArray(Variables read)
    {
        int id = read.Number("SLURM_ARRAY_TASK_ID"), first = read.Number("SLURM_ARRAY_TASK_MIN"), last = read.Number("SLURM_ARRAY_TASK_MAX"), count = read.Number("SLURM_ARRAY_TASK_COUNT");
        return first <= 1 && last - first + 1 == count
            ? new LaunchedTask(Launcher.SlurmArray, id - first, count).Checked()
            : throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"a Slurm array must be 0-N or 1-N to tell which part a task is; found {count} tasks from {first} to {last}. Say it as k/n."));
    }

    private LaunchedTask Checked() => Count is null || Index < Count
        ? this
        : throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{Launcher}: expected an index below {Count}; found {Index}."));

    private readonly record struct Variables(Func<string, string?> Read)
    {
        public bool Has(string name) => !string.IsNullOrEmpty(Read(name));

        public int Number(string name) => OptionalNumber(name) ?? throw new InvalidDataException($"environment variable {name}: expected a number; found nothing.");

        /// <summary>Of Slurm's lists, such as 4(x2),3.</summary>
        public int? FirstNumber(string name) =>
            int.TryParse((Read(name) ?? "").Split('(', ',')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

        public int? OptionalNumber(string name) => !Has(name) ? null
            : int.TryParse(Read(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
            : throw new InvalidDataException($"environment variable {name}: expected a number; found '{Read(name)}'.");
    }
}

/// <summary>What starts several equal processes.</summary>
public enum Launcher
{
    /// <summary>Open MPI's mpirun.</summary>
    OpenMpi,

    /// <summary>MPICH's mpirun, or srun --mpi=pmi2.</summary>
    Mpich,

    /// <summary>srun --mpi=pmix.</summary>
    Pmix,

    /// <summary>srun without MPI.</summary>
    SlurmStep,

    /// <summary>sbatch --array.</summary>
    SlurmArray,

    /// <summary>A Kubernetes Job with completionMode Indexed.</summary>
    Kubernetes,
}
