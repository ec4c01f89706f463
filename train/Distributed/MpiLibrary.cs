using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using FakeNewsOnnx.Cli;

namespace FakeNewsOnnx.Train.Distributed;

/// <summary>
/// The few functions of the system's MPI library that training needs. Open MPI and MPICH have the same functions but other values
/// for their constants: which of them it is, the library says itself once it is loaded.
/// </summary>
/// <remarks>Handles are pointers in Open MPI and 32-bit integers in MPICH. Both fit a native integer, and each library reads as much of it as it needs.</remarks>
internal sealed class MpiLibrary
{
    private const string Name = "mpi";
    private const int Serialized = 2; // MPI_THREAD_SERIALIZED: any thread may call, one at a time
    private const int LongestVersion = 8192; // MPI_MAX_LIBRARY_VERSION_STRING of MPICH; Open MPI's is smaller

    private readonly Constants _constants;

    private MpiLibrary(string version, Constants constants)
    {
        Version = version;
        _constants = constants;
    }

    /// <summary>What the library says it is.</summary>
    public string Version { get; }

    /// <summary>Loads the library that belongs to a launcher and joins its job.</summary>
    /// <exception cref="InvalidDataException">There is no such library, or it is another MPI's.</exception>
    public static MpiLibrary Start(Launcher launcher)
    {
        nint library = launcher == Launcher.Mpich
            ? Load("MPICH (Debian: libmpich12)", "libmpich.so.12", "libmpi.so.12", "libmpi.12.dylib")
            : Load("Open MPI (Debian: libopenmpi3)", "libmpi.so.40", "libmpi.40.dylib");
        NativeLibrary.SetDllImportResolver(typeof(MpiLibrary).Assembly, (name, _, _) => name == Name ? library : 0);
        var text = new byte[LongestVersion];
        Check(MPI_Get_library_version(text, out int length));
        string version = string.Join(' ', Encoding.UTF8.GetString(text, 0, length).Split('\n', ',')[0].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries));
        Constants constants = version.StartsWith("Open MPI", StringComparison.Ordinal) ? Constants.OfOpenMpi(library) : Constants.OfMpich;
        Check(MPI_Init_thread(0, 0, Serialized, out int provided));
        return provided >= Serialized ? new(version, constants)
            : throw new InvalidDataException($"{version}: expected a library that several threads may call in turn (MPI_THREAD_SERIALIZED); found level {provided}.");
    }

    /// <summary>Loads the first of some libraries that is there.</summary>
    /// <param name="package">What to install if none is.</param>
    /// <param name="names">The libraries' file names.</param>
    /// <exception cref="InvalidDataException">None is.</exception>
    public static nint Load(string package, params string[] names)
    {
        nint library = 0;
        return names.Any(name => NativeLibrary.TryLoad(name, out library)) ? library : throw new InvalidDataException(
            $"this process was started as one of several MPI ranks, but none of {string.Join(", ", names)} can be loaded: install {package}, or set LD_LIBRARY_PATH to its folder.");
    }

    /// <summary>This process, from 0.</summary>
    public int Rank()
    {
        Check(MPI_Comm_rank(_constants.World, out int rank));
        return rank;
    }

    /// <summary>How many processes there are.</summary>
    public int Size()
    {
        Check(MPI_Comm_size(_constants.World, out int size));
        return size;
    }

    /// <summary>Replaces each value by its sum over all ranks; every rank gets the same bits.</summary>
    public void Sum(float[] values) =>
        Check(MPI_Allreduce(_constants.InPlace, values, values.Length, _constants.Float, _constants.Sum, _constants.World));

    /// <summary>Gives every rank the bytes of all ranks, in their order.</summary>
    /// <param name="mine">As many bytes on every rank.</param>
    public byte[] Gather(byte[] mine)
    {
        var all = new byte[mine.Length * Size()];
        Check(MPI_Allgather(mine, mine.Length, _constants.Byte, all, mine.Length, _constants.Byte, _constants.World));
        return all;
    }

    /// <summary>Leaves the job once all ranks do.</summary>
    public static void Finish() => Check(MPI_Finalize());

    /// <summary>Ends all ranks at once.</summary>
    public void Abort(int exitCode) => Check(MPI_Abort(_constants.World, exitCode));

    /// <summary>By default both libraries end the job with a message instead of returning an error.</summary>
    private static void Check(int result, [CallerArgumentExpression(nameof(result))] string? call = null)
    {
        if (result != 0)
        {
            throw new IOException($"{call}: MPI gave error {result}.");
        }
    }

    [DllImport(Name)]
    private static extern int MPI_Get_library_version(byte[] version, out int length);

    [DllImport(Name)]
    private static extern int MPI_Init_thread(nint argc, nint argv, int required, out int provided);

    [DllImport(Name)]
    private static extern int MPI_Comm_rank(nint communicator, out int rank);

    [DllImport(Name)]
    private static extern int MPI_Comm_size(nint communicator, out int size);

    [DllImport(Name)]
    private static extern int MPI_Allreduce(nint send, [In, Out] float[] receive, int count, nint type, nint operation, nint communicator);

    [DllImport(Name)]
    private static extern int MPI_Allgather(byte[] send, int sendCount, nint sendType, [Out] byte[] receive, int receiveCount, nint receiveType, nint communicator);

    [DllImport(Name)]
    private static extern int MPI_Abort(nint communicator, int exitCode);

    [DllImport(Name)]
    private static extern int MPI_Finalize();

    /// <summary>The handles of mpi.h.</summary>
    private sealed record Constants(nint World, nint Float, nint Byte, nint Sum, nint InPlace)
    {
        /// <summary>MPICH's ABI, which Intel MPI and MVAPICH share.</summary>
        public static Constants OfMpich { get; } = new(World: 0x44000000, Float: 0x4c00040a, Byte: 0x4c00010d, Sum: 0x58000003, InPlace: -1);

        /// <summary>Open MPI's handles are the addresses of objects that the library exports.</summary>
        public static Constants OfOpenMpi(nint library) => new(
            NativeLibrary.GetExport(library, "ompi_mpi_comm_world"),
            NativeLibrary.GetExport(library, "ompi_mpi_float"),
            NativeLibrary.GetExport(library, "ompi_mpi_byte"),
            NativeLibrary.GetExport(library, "ompi_mpi_op_sum"),
            InPlace: 1);
    }
}
