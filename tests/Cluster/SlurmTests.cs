using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Tests.Parity;

namespace FakeNewsOnnx.Tests.Cluster;

/// <summary>The scripts of samples/cluster on a Slurm cluster of this machine, where it is installed: <c>apt-get install slurm-wlm openmpi-bin libpmix-dev</c>, as root.</summary>
[Category("Heavy")]
internal sealed class SlurmTests
{
    private readonly TemporaryFolder _folder = new();

    [OneTimeTearDown]
    public void DeleteFolder() => _folder.Dispose();

    [OneTimeSetUp]
    public void RequireSlurm()
    {
        if (!File.Exists("/usr/sbin/slurmctld") || !File.Exists("/usr/sbin/slurmd") || Environment.UserName != "root")
        {
            Assert.Ignore("slurmctld and slurmd are not installed, or this is not root.");
        }
    }

    [Test]
    public void AnArrayOfSixteen_WithATaskKilledAndRequeued_GivesTheUnshardedBytes()
    {
        string data = In("articles.csv"), model = In("model.onnx"), infer = Repository.Program("infer");
        string[] sample = File.ReadAllLines(Repository.PathOf("samples", "horne-adali-2017.csv"));
        File.WriteAllLines(data, [sample[0], .. Enumerable.Repeat(sample[1..], 3).SelectMany(rows => rows)]);
        OnnxExport.Write(Repository.PathOf("models", "gpt2-mini"), Repository.PathOf("tests", "Fixtures", "sample-tuned", "adapter"), new(), model, CancellationToken.None);
        Directory.CreateDirectory(In("parts"));
        Assert.That(Bash($"{infer} score {data} --model {model} --out {In("whole.csv")}").ExitCode, Is.Zero);

        // Task 5 is part 6. It is killed once it has scored some rows, and requeued as soon as Slurm lets it.
        var (exitCode, log) = Slurm($"""
            id=$(sbatch --parsable --output=/dev/null --export=ALL,INFER={infer},DATA={data},MODEL={model},PARTS={In("parts")} {Script("score-array")})
            until [ "$(wc -l < {In("parts")}/part-6.csv.partial 2> /dev/null || echo 0)" -gt 3 ]; do sleep 0.05; done
            scancel --signal=KILL --full "$id"_5
            until scontrol requeue "$id"_5 2> /dev/null; do sleep 0.2; done
            cp {In("parts")}/part-6.csv.partial {In("killed.partial")}
            until [ -z "$(squeue --noheader)" ]; do sleep 0.5; done
            scontrol show job "$id"_5
            """);

        Assert.That(exitCode, Is.Zero, log);
        Assert.That(log, Does.Contain("Restarts=1").And.Contain("JobState=COMPLETED"));
        Assert.That(new FileInfo(In("killed.partial")).Length, Is.LessThan(new FileInfo(In("parts/part-6.csv")).Length));
        Assert.That(Directory.GetFiles(In("parts"), "*.csv"), Has.Length.EqualTo(16));
        Assert.That(Bash($"{infer} merge {In("parts")}/part-*.csv --out {In("merged.csv")}").ExitCode, Is.Zero);
        Assert.That(File.ReadAllBytes(In("merged.csv")), Is.EqualTo(File.ReadAllBytes(In("whole.csv"))));
    }

    [Test]
    public void ATrainingOfTwoTasks_GivesTheWeightsOfOneProcess()
    {
        string train = Repository.Program("train"), data = Repository.PathOf("samples", "horne-adali-2017.csv"), mini = Repository.PathOf("models", "gpt2-mini");
        string options = $"--recipe sample --num-train-epochs 1 --max-length 48 --cache-dir {_folder.Path}";
        Assert.That(Bash($"{train} fit --data {data} --base {mini} --out {In("alone")} --threads 1 {options}").ExitCode, Is.Zero);

        var (exitCode, log) = Slurm($"sbatch --wait --output={In("train.log")} --export=ALL,TRAIN={train},DATA={data},BASE={mini},OUT={In("two")} {Script("train-mpi")} {options}; cat {In("train.log")}");

        Assert.That(exitCode, Is.Zero, log);
        Assert.That(log, Does.Contain("2 ranks of 1 threads share each batch (Open MPI"));
        using SafetensorsFile alone = SafetensorsFile.Open(In("alone/adapter_model.safetensors")), two = SafetensorsFile.Open(In("two/adapter_model.safetensors"));
        Assert.That(alone.Tensors.Keys.Max(name => Differences.Largest(alone.ReadFloats(name), two.ReadFloats(name))), Is.LessThan(1e-5));
    }

    private string In(string name) => _folder.In(name);

    private static string Script(string name) => Repository.PathOf("samples", "cluster", $"{name}.sbatch");

    private (int ExitCode, string Log) Slurm(string script)
    {
        File.WriteAllText(In("script.sh"), script);
        return Bash($"{Repository.PathOf("tests", "Cluster", "slurm.sh")} {In("slurm")} timeout 600 bash -e {In("script.sh")}");
    }

    private static (int ExitCode, string Log) Bash(string command) => Repository.Run("bash", Repository.Root, "-c", command);
}
