using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FakeNewsOnnx.Cli;

namespace FakeNewsOnnx.Train.Distributed;

/// <summary>The processes that train one model together: this one alone, or the ranks of an MPI job.</summary>
internal sealed class Ranks
{
    /// <summary>MPICH's launcher forgets what it has not read of the ranks' messages when one of them aborts.</summary>
    private static readonly TimeSpan TimeForMessages = TimeSpan.FromSeconds(1);

    private static MpiLibrary? _running;

    private readonly MpiLibrary? _mpi;

    private Ranks(MpiLibrary? mpi, LaunchedTask? task)
    {
        _mpi = mpi;
        Rank = task?.Index ?? 0;
        Size = task?.Count ?? 1;
        LocalRank = task?.LocalIndex ?? 0;
        LocalSize = task?.LocalCount ?? 1;
    }

    /// <summary>This process alone.</summary>
    public static Ranks Alone { get; } = new(null, null);

    /// <summary>This process, from 0.</summary>
    public int Rank { get; }

    /// <summary>How many processes there are.</summary>
    public int Size { get; }

    /// <summary>This process among those of the same machine, from 0.</summary>
    public int LocalRank { get; }

    /// <summary>How many processes are on this machine, as far as the launcher says.</summary>
    public int LocalSize { get; }

    /// <summary>Whether this is the rank that writes and prints.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>The MPI library; null for a process alone.</summary>
    public string? Library => _mpi?.Version;

    /// <summary>Joins the job that this process was started in, if it was started in one.</summary>
    /// <exception cref="InvalidDataException">It was, but its MPI library can't be loaded or is another one.</exception>
    public static Ranks Join()
    {
        if (LaunchedTask.FindRank(Environment.GetEnvironmentVariable) is not { } task)
        {
            return Alone;
        }

        if (task.Launcher == Launcher.SlurmStep)
        {
            throw new InvalidDataException($"srun has started {task.Count} tasks without MPI, which would all write the same files: use srun --mpi=pmix (Open MPI) or --mpi=pmi2 (MPICH).");
        }

        _running = MpiLibrary.Start(task.Launcher);
        int rank = _running.Rank(), size = _running.Size();
        return (rank, size) == (task.Index, task.Count) ? new(_running, task)
            : throw new InvalidDataException($"the launcher says rank {task.Index} of {task.Count}, {_running.Version} says rank {rank} of {size}: it is not the MPI library of this launcher.");
    }

    /// <summary>Replaces each value by its sum over all ranks; every rank gets the same bits.</summary>
    public void Sum(float[] values) => _mpi?.Sum(values);

    /// <summary>Whether any rank says yes; also a point that no rank passes before all have come to it.</summary>
    public bool Any(bool mine)
    {
        float[] count = [mine ? 1 : 0];
        Sum(count);
        return count[0] > 0;
    }

    /// <summary>This rank's share of some articles: all ranks get about the same number of tokens.</summary>
    public IReadOnlyList<T> Share<T>(IReadOnlyList<T> items, Func<T, int> lengthOf) => Size == 1 ? items
        : [.. items.OrderByDescending(lengthOf).Index().Where(item => OwnerOf(item.Index) == Rank).Select(item => item.Item)];

    /// <summary>Fills the rows that other ranks have measured.</summary>
    /// <param name="rows">Rows of one length; null where they are another rank's. Some rank has each of them.</param>
    /// <param name="columns">That length.</param>
    public float[][] Complete(float[]?[] rows, int columns)
    {
        float[] values = [.. rows.SelectMany(row => row ?? new float[columns])];
        Sum(values);
        return [.. values.Chunk(columns)];
    }

    /// <summary>A seed of its own for each rank and step, in 32 bits: libtorch's generator reads no more.</summary>
    public uint SeedOf(int seed, int step) =>
        BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seed} {step} {Rank}"))));

    /// <summary>Refuses to go on with ranks that were started with something else.</summary>
    /// <param name="inputs">What the run is made from, by name; the same names on every rank.</param>
    /// <exception cref="InvalidDataException">A rank has another value than rank 0.</exception>
    public void RequireSame(IEnumerable<KeyValuePair<string, string>> inputs)
    {
        if (_mpi is null)
        {
            return;
        }

        var (names, values) = (inputs.Select(input => input.Key).ToArray(), inputs.Select(input => input.Value).ToArray());
        byte[][] all = [.. _mpi.Gather([.. values.SelectMany(value => SHA256.HashData(Encoding.UTF8.GetBytes(value)))]).Chunk(SHA256.HashSizeInBytes)];
        foreach (var (i, digest) in all.Index())
        {
            if (!digest.AsSpan().SequenceEqual(all[i % names.Length]))
            {
                throw new InvalidDataException($"rank {i / names.Length} differs from rank 0 in {names[i % names.Length]}; on rank {Rank} it is {values[i % names.Length]}.");
            }
        }
    }

    /// <summary>Leaves the job once all ranks do; call it when this rank's work is done.</summary>
    public void Leave()
    {
        if (_mpi is not null)
        {
            MpiLibrary.Finish();
            _running = null;
        }
    }

    /// <summary>Ends the other ranks too when this one has failed within a job, for they would wait for it for ever.</summary>
    /// <param name="exitCode">This process' exit code, which is returned.</param>
    public static int EndJob(int exitCode)
    {
        if (_running is { } mpi)
        {
            Console.Error.WriteLine($"rank {mpi.Rank()} of {mpi.Size()} ends the job");
            Thread.Sleep(TimeForMessages);
            mpi.Abort(exitCode);
        }

        return exitCode;
    }

    /// <summary>Articles by length are dealt to the ranks forwards, then backwards, and so on.</summary>
    private int OwnerOf(int place) => place / Size % 2 == 0 ? place % Size : Size - 1 - (place % Size);
}
