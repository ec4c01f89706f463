using System.Diagnostics;
using System.Globalization;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Tests.Parity;
using FakeNewsOnnx.Train.Distributed;

namespace FakeNewsOnnx.Tests.Cluster;

/// <summary><c>train fit</c> under the launchers of both MPI libraries, where they are installed: <c>apt-get install openmpi-bin mpich</c>.</summary>
[Category("Heavy")]
internal sealed class MpiTests
{
    private const string OpenMpi = "mpirun.openmpi", Mpich = "mpirun.mpich";

    private readonly TemporaryFolder _folder = new();

    private static string Program => Repository.Program("train");

    [OneTimeSetUp]
    public void TrainInOneProcess() => Assert.That(Run(Program, null, Fit("alone")).ExitCode, Is.Zero);

    [OneTimeTearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void Fit_OnRanks_GivesTheParametersOfOneProcess([Values(OpenMpi, Mpich)] string launcher, [Values(2, 4, 8)] int ranks)
    {
        string output = $"{launcher}-{ranks}";

        var (exitCode, log) = Launch(launcher, ranks, Fit(output)); // 20 steps: 153 articles in batches of 8, so the last one has a single article

        Assert.That(exitCode, Is.Zero, log);
        Assert.That(log, Does.Contain($"{ranks} ranks of 1 threads share each batch ({(launcher == OpenMpi ? "Open MPI" : "MPICH")}"));
        Assert.That(log, Does.Contain($"{(34_048 + 2) * sizeof(float)} bytes a step from each rank"));
        var (largest, rootMeanSquare) = Difference("alone", output);
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{launcher}, {ranks} ranks: max {largest:0.0e+00}, rms {rootMeanSquare:0.0e+00}"));
        Assert.That(largest, Is.LessThan(1e-5));
        Assert.That(rootMeanSquare, Is.LessThan(1e-6));
    }

    /// <summary>Dropouts are drawn for each rank and step apart, so an interrupted job ends with the bytes of an unbroken one.</summary>
    [Test]
    public void Fit_WhoseRankIsKilled_EndsAndResumes([Values(OpenMpi, Mpich)] string launcher)
    {
        string[] dropouts = ["--lora-dropout", "0.1", "--save-strategy", "steps", "--save-steps", "5", "--logging-strategy", "steps", "--logging-steps", "5"];
        Assert.That(Launch(launcher, 2, Fit($"{launcher}-whole", dropouts)).ExitCode, Is.Zero);

        var (exitCode, log) = Launch(launcher, 2, Fit($"{launcher}-broken", dropouts), onLine: line =>
        {
            if (line.StartsWith("step 10,", StringComparison.Ordinal))
            {
                KillRankOne($"{launcher}-broken");
            }
        });

        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(log, Does.Contain("signal 9").IgnoreCase.Or.Contain("KILLED BY SIGNAL: 9"));
        var (resumed, resumedLog) = Launch(launcher, 2, Fit($"{launcher}-broken", [.. dropouts, "--resume"]));
        Assert.That(resumed, Is.Zero, resumedLog);
        Assert.That(resumedLog, Does.Contain("going on after step"));
        Assert.That(File.ReadAllBytes(Weights($"{launcher}-broken")), Is.EqualTo(File.ReadAllBytes(Weights($"{launcher}-whole"))));
    }

    [Test]
    public void Fit_OfTwoRanks_ResumesInOneProcess()
    {
        string[] saving = ["--save-strategy", "steps", "--save-steps", "5", "--logging-strategy", "steps", "--logging-steps", "5"];
        Launch(OpenMpi, 2, Fit("moved", saving), onLine: line =>
        {
            if (line.StartsWith("step 10,", StringComparison.Ordinal))
            {
                KillRankOne("moved");
            }
        });

        var (exitCode, log) = Run(Program, null, Fit("moved", [.. saving, "--resume"]));

        Assert.That(exitCode, Is.Zero, log);
        Assert.That(Difference("alone", "moved").Largest, Is.LessThan(1e-5));
    }

    [TestCase("--learning-rate", "0.002", "rank 1 differs from rank 0 in learning_rate")]
    [TestCase("--data", "other.csv", "rank 1 differs from rank 0 in data")]
    public void Fit_WithOtherInputsOnOneRank_NamesThem(string option, string value, string message)
    {
        File.WriteAllLines(_folder.In("other.csv"), File.ReadLines(Repository.PathOf("samples", "horne-adali-2017.csv")).Append("x,a title,a content,fake,x"));
        string other = value.EndsWith(".csv", StringComparison.Ordinal) ? _folder.In(value) : value;

        string[] same = Fit("mixed"), different = [.. same.TakeWhile(argument => argument != option), option, other, .. same.SkipWhile(argument => argument != option).Skip(2)];

        var (exitCode, log) = Run(OpenMpi, null, ["--allow-run-as-root", "--oversubscribe", "-n", "1", Program, .. same, ":", "-n", "1", Program, .. different]);

        Assert.That(exitCode, Is.EqualTo(1), log);
        Assert.That(log, Does.Contain(message).And.Contain("ends the job"));
    }

    [Test]
    public void Fit_WithAnotherBuildOnOneRank_SaysSo()
    {
        string copy = _folder.In("program");
        Directory.CreateDirectory(copy);
        foreach (string entry in Directory.GetFileSystemEntries(Path.GetDirectoryName(Program)!))
        {
            File.CreateSymbolicLink(Path.Combine(copy, Path.GetFileName(entry)), entry);
        }

        string assembly = Path.Combine(copy, "train.dll");
        byte[] bytes = File.ReadAllBytes(assembly), id = typeof(Ranks).Assembly.ManifestModule.ModuleVersionId.ToByteArray();
        bytes[bytes.AsSpan().IndexOf(id)] ^= 1;
        foreach (string file in (string[])["train", "train.dll"])
        {
            File.Delete(Path.Combine(copy, file));
        }

        File.WriteAllBytes(assembly, bytes);
        File.Copy(Program, Path.Combine(copy, "train"));
        string[] arguments = Fit("builds");

        var (exitCode, log) = Run(Mpich, null, ["-n", "1", Program, .. arguments, ":", "-n", "1", Path.Combine(copy, "train"), .. arguments]);

        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(log, Does.Contain("rank 1 differs from rank 0 in the program (train.dll)"));
    }

    [TestCase("OMPI_COMM_WORLD_RANK=1;OMPI_COMM_WORLD_SIZE=2;OMPI_COMM_WORLD_LOCAL_RANK=1;OMPI_COMM_WORLD_LOCAL_SIZE=2", "says rank 1 of 2, Open MPI")]
    [TestCase("SLURM_PROCID=1;SLURM_STEP_NUM_TASKS=2", "use srun --mpi=pmix (Open MPI) or --mpi=pmi2 (MPICH)")]
    public void Fit_WithALaunchersVariablesButNoJob_SaysSo(string variables, string message)
    {
        if (variables.StartsWith("OMPI", StringComparison.Ordinal))
        {
            RequireInstalled(OpenMpi); // its library is loaded
        }

        var (exitCode, log) = Run(Program, variables, Fit("no-job"));

        Assert.That(exitCode, Is.EqualTo(1), log);
        Assert.That(log, Does.Contain(message));
    }

    [Test]
    public void Fit_WithMoreRanksThanABatchHasArticles_IsBadUsage()
    {
        var (exitCode, log) = Launch(Mpich, 2, Fit("many", "--per-device-train-batch-size", "1"));

        Assert.That(exitCode, Is.EqualTo(2), log);
        Assert.That(log, Does.Contain("2 ranks share each batch, so --per-device-train-batch-size must be at least that; found 1."));
    }

    private string[] Fit(string output, params string[] more) =>
    [
        "fit", "--data", Repository.PathOf("samples", "horne-adali-2017.csv"), "--base", Repository.PathOf("models", "gpt2-mini"), "--recipe", "sample", "--num-train-epochs", "1",
        "--max-length", "48", "--threads", "1", "--cache-dir", _folder.Path, "--out", _folder.In(output), .. more,
    ];

    private string Weights(string output) => _folder.In(output, AdapterDirectory.WeightsFile);

    private (double Largest, double RootMeanSquare) Difference(string expected, string found)
    {
        using SafetensorsFile one = SafetensorsFile.Open(Weights(expected)), other = SafetensorsFile.Open(Weights(found));
        float[] parameters = [.. one.Tensors.Keys.SelectMany(name => one.ReadFloats(name))], others = [.. one.Tensors.Keys.SelectMany(name => other.ReadFloats(name))];
        return (Differences.Largest(parameters, others), Math.Sqrt(parameters.Zip(others, (x, y) => Math.Pow(x - y, 2)).Average()));
    }

    /// <summary>Ends the second process whose command line names an output folder.</summary>
    private void KillRankOne(string output)
    {
        string folder = _folder.In(output);
        Process rank = Process.GetProcessesByName("train").Single(process =>
            File.ReadAllText($"/proc/{process.Id}/cmdline").Contains(folder, StringComparison.Ordinal)
            && File.ReadAllText($"/proc/{process.Id}/environ").Split('\0').Any(variable => variable is "OMPI_COMM_WORLD_RANK=1" or "PMI_RANK=1"));
        rank.Kill();
    }

    private static (int ExitCode, string Log) Launch(string launcher, int ranks, string[] arguments, Action<string>? onLine = null) => Run(
        launcher, null, [.. launcher == OpenMpi ? (string[])["--allow-run-as-root", "--oversubscribe"] : [], "-n", ranks.ToString(CultureInfo.InvariantCulture), Program, .. arguments], onLine);

    private static (int ExitCode, string Log) Run(string program, string? variables, string[] arguments, Action<string>? onLine = null)
    {
        RequireInstalled(program);
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string[] variable in (variables ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')))
        {
            start.Environment[variable[0]] = variable[1];
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        var log = new StringWriter();
        for (string? line; (line = process.StandardOutput.ReadLine()) is not null;)
        {
            log.WriteLine(line);
            onLine?.Invoke(line);
        }

        process.WaitForExit();
        return (process.ExitCode, log + errors.Result);
    }

    private static void RequireInstalled(string program)
    {
        if (!program.Contains('/', StringComparison.Ordinal) && !File.Exists($"/usr/bin/{program}"))
        {
            Assert.Ignore($"/usr/bin/{program} is not installed.");
        }
    }
}
