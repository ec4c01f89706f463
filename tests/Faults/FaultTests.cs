using FakeNewsOnnx.Tests.Infer;

namespace FakeNewsOnnx.Tests.Faults;

/// <summary>Disks that are full or read-only, files that are gone, limits, signals and pipes without a reader: one clear line, and what was there before is still there.</summary>
[Platform("Linux")]
internal sealed class FaultTests
{
    private static readonly string[] ExportArguments =
        ["onnx", "--base", Repository.PathOf("models", "gpt2-mini"), "--adapter", Repository.PathOf("tests", "Fixtures", "sample-tuned", "adapter")];

    private TinyInputs _inputs = null!;

    [SetUp]
    public void Prepare()
    {
        _inputs = new();
        File.WriteAllBytes(_inputs.In("model.onnx"), ByteModel.ToBytes());
        File.WriteAllText(_inputs.In("rows.csv"), "title,content\n" + string.Concat(Enumerable.Range(0, 20_000).Select(row => $"row {row},{row * 31}\n")));
        Directory.CreateDirectory(_inputs.In("disk"));
    }

    [TearDown]
    public void CleanUp() => _inputs.Dispose();

    [Test]
    public void Score_OntoAFullDisk_CanBeResumedWhenThereIsRoom()
    {
        string score = $"$P score '{_inputs.In("rows.csv")}' --model '{_inputs.In("model.onnx")}' --out scored.csv";
        using Victim victim = Victim.StartOnDisk("size=200k", _inputs.In("disk"), $"{{ {score}; echo $?; ls -A; mount -o remount,size=8m . && {score} --resume && {score.Replace("scored.csv", "whole.csv", StringComparison.Ordinal)} && cmp scored.csv whole.csv && ls -A; }}", "infer");

        Assert.That(victim.Wait(), Is.Zero, victim.Error);
        Assert.That(victim.Error, Does.Contain("error: No space left on device"));
        Assert.That(victim.Output, Does.StartWith("1\nscored.csv.partial\nscored.csv.run.json\n").And.EndWith("\nscored.csv\nwhole.csv\n"));
    }

    [Test]
    [Category("Heavy")]
    public void Fit_OntoAFullDisk_SaysSoAndLeavesNoAdapter()
    {
        using Victim victim = Victim.StartOnDisk("size=64k", _inputs.In("disk"), $"{{ $P {Quote(_inputs.Fit("out"))}; echo $?; ls -A out; }}", "train");

        Assert.That(victim.Wait(), Is.Zero);
        Assert.That(victim.Error, Does.Contain("error: No space left on device").And.Not.Contain("   at "));
        Assert.That(victim.Output, Does.Contain("\n1\n").And.Not.Contain("adapter_model.safetensors").And.Not.Contain("\ncheckpoint-"));
    }

    [Test]
    public void Export_OntoAFullDisk_SaysSoAndLeavesNothing()
    {
        using Victim victim = Victim.StartOnDisk("size=8m", _inputs.In("disk"), $"{{ $P {Quote([.. ExportArguments, "--out", "out.onnx"])}; echo $?; ls -A; }}", "export");

        Assert.That(victim.Wait(), Is.Zero);
        Assert.That(victim.Error, Does.StartWith("error: No space left on device").And.Not.Contain("   at "));
        Assert.That(victim.Output, Is.EqualTo("1\n"), "the exit code, and nothing in the folder");
    }

    [TestCase("train")]
    [TestCase("export")]
    [TestCase("infer")]
    public void AReadOnlyFolder_IsNamedInOneLine(string program)
    {
        string[] arguments = program switch
        {
            "train" => _inputs.Fit("out"),
            "export" => [.. ExportArguments, "--out", "out.onnx"],
            _ => ["score", _inputs.In("rows.csv"), "--model", _inputs.In("model.onnx"), "--out", "scored.csv"],
        };
        using Victim victim = Victim.StartOnDisk("ro", _inputs.In("disk"), $"{{ $P {Quote(arguments)}; echo $?; ls -A; }}", program);

        Assert.That(victim.Wait(), Is.Zero);
        Assert.That(victim.Output, Does.EndWith("1\n"), "the exit code, and nothing in the folder");
        Assert.That(victim.Error, Does.Match("(?m)^error: Read-only file system : '.*'$").And.Not.Contain("   at "));
    }

    [TestCase("train", "articles.csv")]
    [TestCase("train", "base/model.safetensors")]
    [TestCase("infer", "rows.csv")]
    [TestCase("infer", "model.onnx")]
    public void AFileThatWasRemoved_IsNamedInOneLine(string program, string file)
    {
        string[] arguments = program == "train" ? _inputs.Fit(_inputs.In("out")) : ["score", _inputs.In("rows.csv"), "--model", _inputs.In("model.onnx"), "--out", _inputs.In("out")];
        File.Delete(_inputs.In(file));
        using Victim victim = Victim.Start(program, arguments);

        Assert.That(victim.Wait(), Is.EqualTo(1));
        Assert.That(victim.Error.TrimEnd().Split('\n')[^1], Does.StartWith("error: ").And.Contain(_inputs.In(file)));
        Assert.That(victim.Error, Does.Not.Contain("   at "));
        Assert.That(Path.Exists(_inputs.In("out")), Is.False);
    }

    [Test]
    public void AFileLargerThanTheSessionsLimit_IsAClearErrorAndNoFile()
    {
        using Victim victim = Victim.StartOnDisk("size=64m", _inputs.In("disk"), $"{{ ulimit -f 40000; $P {Quote([.. ExportArguments, "--out", "out.onnx"])}; echo $?; ls -A; }}", "export");

        Assert.That(victim.Wait(), Is.Zero);
        Assert.That(victim.Error, Is.EqualTo("error: a file would become larger than its file system, or the limit of this session (ulimit -f), allows.\n"));
        Assert.That(victim.Output, Is.EqualTo("1\n"), "the exit code, and nothing in the folder");
    }

    [Test]
    public void Score_EndedBySigterm_CanBeResumed()
    {
        string output = _inputs.In("scored.csv");
        string[] arguments = ["score", _inputs.In("rows.csv"), "--model", _inputs.In("model.onnx"), "--resume", "--threads", "1"];
        using (Victim whole = Victim.Start("infer", [.. arguments, "--out", _inputs.In("whole.csv")]))
        {
            Assert.That(whole.Wait(), Is.Zero, whole.Error);
        }

        using Victim victim = Victim.Start("infer", [.. arguments, "--out", output]);
        Assert.That(victim.WaitUntil(() => File.Exists(output + ".partial") && new FileInfo(output + ".partial").Length > 0), Is.True);
        victim.Signal("TERM");

        Assert.That(victim.Wait(), Is.EqualTo(143), victim.Error);
        Assert.That(victim.Error, Does.Contain("--resume continues."));
        using Victim resumed = Victim.Start("infer", [.. arguments, "--out", output]);
        Assert.That(resumed.Wait(), Is.Zero, resumed.Error);
        Assert.That(File.ReadAllBytes(output), Is.EqualTo(File.ReadAllBytes(_inputs.In("whole.csv"))));
    }

    [Test]
    public void Export_EndedBySigterm_LeavesTheOlderFile()
    {
        string target = _inputs.In("disk", "out.onnx");
        File.WriteAllText(target, "older");
        using Victim victim = Victim.Start("export", [.. ExportArguments, "--out", target]);
        Assert.That(victim.WaitUntil(() => Directory.GetFiles(_inputs.In("disk"), "*", new EnumerationOptions { AttributesToSkip = 0 }).Length > 1), Is.True);
        victim.Signal("TERM");

        Assert.That(victim.Wait(), Is.EqualTo(143), victim.Error);
        Assert.That(File.ReadAllText(target), Is.EqualTo("older"));
        Assert.That(Directory.GetFiles(_inputs.In("disk"), "*", new EnumerationOptions { AttributesToSkip = 0 }), Is.EqualTo(new[] { target }));
    }

    [Test]
    [Category("Heavy")]
    public void Fit_EndedBySigterm_WritesACheckpoint()
    {
        string output = _inputs.In("out");
        using Victim victim = Victim.Start("train", _inputs.FitFor(400, output));
        Assert.That(victim.WaitUntil(() => Directory.Exists(output) && Directory.GetDirectories(output, "checkpoint-*").Length > 0), Is.True);
        victim.Signal("TERM");

        Assert.That(victim.Wait(), Is.EqualTo(143), victim.Error);
        Assert.That(victim.Output, Does.Contain("--resume goes on from it"));
        Assert.That(File.Exists(Path.Combine(output, "adapter_model.safetensors")), Is.False);
    }

    /// <summary>What an export prints is for people: nobody to read it is no reason to stop.</summary>
    [Test]
    public void Export_IntoAClosedPipe_StillWritesTheFile()
    {
        using Victim victim = Victim.StartOnDisk("size=64m", _inputs.In("disk"), $"{{ {{ $P {Quote([.. ExportArguments, "--out", "out.onnx"])}; echo $? > code; }} | true; cat code; $P inspect out.onnx; }}", "export");

        Assert.That(victim.Wait(), Is.Zero, victim.Error);
        Assert.That(victim.Output, Does.StartWith("0\nout.onnx: "));
    }

    private static string Quote(string[] arguments) => string.Join(' ', arguments.Select(argument => $"'{argument}'"));
}
