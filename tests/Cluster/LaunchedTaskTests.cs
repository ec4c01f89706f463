using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Infer;
using FakeNewsOnnx.Train.Distributed;

namespace FakeNewsOnnx.Tests.Cluster;

/// <summary>What launchers say in environment variables, as they set them, and the library that they want loaded.</summary>
internal sealed class LaunchedTaskTests
{
    private const string OpenMpi = "OMPI_COMM_WORLD_RANK=3;OMPI_COMM_WORLD_SIZE=8;OMPI_COMM_WORLD_LOCAL_RANK=1;OMPI_COMM_WORLD_LOCAL_SIZE=2;PMIX_RANK=3";
    private const string Hydra = "PMI_RANK=1;PMI_SIZE=4;MPI_LOCALRANKID=1;MPI_LOCALNRANKS=2";
    private const string SlurmPmix = "PMIX_RANK=2;SLURM_PROCID=2;SLURM_STEP_NUM_TASKS=4;SLURM_NTASKS=4;SLURM_LOCALID=0;SLURM_STEP_TASKS_PER_NODE=3(x2),1";
    private const string SlurmPmi2 = "PMI_RANK=2;PMI_SIZE=4;SLURM_PROCID=2;SLURM_STEP_NUM_TASKS=4;SLURM_LOCALID=1";
    private const string SlurmPlain = "SLURM_PROCID=2;SLURM_STEP_NUM_TASKS=4;SLURM_LOCALID=0";
    private const string SlurmArray = "SLURM_ARRAY_TASK_ID=5;SLURM_ARRAY_TASK_MIN=0;SLURM_ARRAY_TASK_MAX=15;SLURM_ARRAY_TASK_COUNT=16;SLURM_PROCID=0;SLURM_NTASKS=1";
    private const string ArrayFromOne = "SLURM_ARRAY_TASK_ID=5;SLURM_ARRAY_TASK_MIN=1;SLURM_ARRAY_TASK_MAX=16;SLURM_ARRAY_TASK_COUNT=16";
    private const string Kubernetes = "JOB_COMPLETION_INDEX=5;JOB_COMPLETIONS=16";
    private const string KubernetesAlone = "JOB_COMPLETION_INDEX=5";

    [TestCase(OpenMpi, Launcher.OpenMpi, 3, 8, 1, 2)]
    [TestCase(Hydra, Launcher.Mpich, 1, 4, 1, 2)]
    [TestCase(SlurmPmix, Launcher.Pmix, 2, 4, 0, 3)]
    [TestCase(SlurmPmi2, Launcher.Mpich, 2, 4, 1, null)]
    [TestCase(SlurmPlain, Launcher.SlurmStep, 2, 4, 0, null)]
    public void FindRank_ReadsTheLaunchersVariables(string variables, Launcher launcher, int index, int count, int localIndex, int? localCount) =>
        Assert.That(LaunchedTask.FindRank(In(variables)), Is.EqualTo(new LaunchedTask(launcher, index, count, localIndex, localCount)));

    [TestCase("")]
    [TestCase("OMPI_COMM_WORLD_RANK=0;OMPI_COMM_WORLD_SIZE=1;OMPI_COMM_WORLD_LOCAL_RANK=0;OMPI_COMM_WORLD_LOCAL_SIZE=1")]
    [TestCase(SlurmArray)]
    public void FindRank_OfAProcessAlone_IsNone(string variables) => Assert.That(LaunchedTask.FindRank(In(variables)), Is.Null);

    [TestCase(OpenMpi, "auto", "4/8")]
    [TestCase(Hydra, "auto", "2/4")]
    [TestCase(SlurmPlain, "auto", "3/4")]
    [TestCase(SlurmArray, "auto", "6/16")]
    [TestCase(SlurmArray, "auto/16", "6/16")]
    [TestCase(ArrayFromOne, "auto", "5/16")]
    [TestCase(Kubernetes, "auto", "6/16")]
    [TestCase(KubernetesAlone, "auto/8", "6/8")]
    [TestCase(OpenMpi, "1/2", "1/2")]
    public void Shard_Auto_IsTheLaunchersTask(string variables, string option, string expected)
    {
        Shard shard = Shard.Parse(option, In(variables));

        Assert.That(shard.Fill("{k}/{n}"), Is.EqualTo(expected));
    }

    [TestCase("", "auto", "found none of them")]
    [TestCase(KubernetesAlone, "auto", "not of how many: set JOB_COMPLETIONS, or write auto/n")]
    [TestCase(KubernetesAlone, "auto/5", "task 5 of ?, counted from 0")]
    [TestCase(SlurmArray, "auto/8", "task 5 of 16, counted from 0")]
    [TestCase(SlurmArray, "auto/0", "must be k/n")]
    [TestCase(SlurmArray, "0/4", "must be k/n")]
    [TestCase(SlurmArray, "5/4", "must be k/n")]
    public void Shard_ThatNoTaskIs_IsBadUsage(string variables, string option, string message) =>
        Assert.That(() => Shard.Parse(option, In(variables)), Throws.TypeOf<UsageException>().With.Message.Contains(message));

    [TestCase("SLURM_ARRAY_TASK_ID=7;SLURM_ARRAY_TASK_MIN=3;SLURM_ARRAY_TASK_MAX=7;SLURM_ARRAY_TASK_COUNT=2", "found 2 tasks from 3 to 7")]
    [TestCase("SLURM_ARRAY_TASK_ID=3;SLURM_ARRAY_TASK_MIN=3;SLURM_ARRAY_TASK_MAX=3;SLURM_ARRAY_TASK_COUNT=1", "found 1 tasks from 3 to 3")]
    [TestCase(SlurmArray + ";" + Hydra, "said as k/n")]
    [TestCase("OMPI_COMM_WORLD_RANK=x;OMPI_COMM_WORLD_SIZE=2", "OMPI_COMM_WORLD_RANK: expected a number; found 'x'")]
    [TestCase("OMPI_COMM_WORLD_RANK=1", "OMPI_COMM_WORLD_SIZE: expected a number; found nothing")]
    [TestCase("PMI_RANK=4;PMI_SIZE=4", "expected an index below 4; found 4")]
    public void FindAny_OfVariablesThatSayNoPart_NamesThem(string variables, string message) =>
        Assert.That(() => LaunchedTask.FindAny(In(variables)), Throws.TypeOf<InvalidDataException>().With.Message.Contains(message));

    [Test]
    public void Load_OfALibraryThatIsNotThere_SaysWhatToInstall() =>
        Assert.That(() => MpiLibrary.Load("MPICH (Debian: libmpich12)", "libno-mpi.so.1", "libno-mpi.so.2"), Throws.TypeOf<InvalidDataException>()
            .With.Message.EqualTo("this process was started as one of several MPI ranks, but none of libno-mpi.so.1, libno-mpi.so.2 can be loaded: install MPICH (Debian: libmpich12), or set LD_LIBRARY_PATH to its folder."));

    private static Func<string, string?> In(string variables)
    {
        var values = variables.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(variable => variable.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        return values.GetValueOrDefault;
    }
}
