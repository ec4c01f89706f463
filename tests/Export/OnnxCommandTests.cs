using System.CommandLine;
using FakeNewsOnnx.Data;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Tests.Parity;

namespace FakeNewsOnnx.Tests.Export;

/// <summary><c>export onnx</c> as a user types it.</summary>
[NonParallelizable]
internal sealed class OnnxCommandTests
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private TextWriter _originalOutput = null!;
    private TextWriter _originalError = null!;
    private string _folder = null!;

    private string Target => Path.Combine(_folder, "model.onnx");

    [SetUp]
    public void Capture()
    {
        _folder = Directory.CreateTempSubdirectory("fakenews-").FullName;
        (_originalOutput, _originalError) = (Console.Out, Console.Error);
        _output.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        Console.SetOut(_output);
        Console.SetError(_error);
    }

    [TearDown]
    public void Restore()
    {
        Console.SetOut(_originalOutput);
        Console.SetError(_originalError);
        Directory.Delete(_folder, recursive: true);
    }

    [OneTimeTearDown]
    public void Close()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Test]
    public async Task AnExport_SaysWhatWasWritten()
    {
        int exitCode = await Run("--base", ReferenceModel.Tiny.Base, "--adapter", ReferenceModel.Tiny.Adapter, "--labels", "fake, real");

        Assert.That(exitCode, Is.Zero);
        Assert.That(_output.ToString(), Is.EqualTo($"{Target}: 0.2 MB, labels fake, real, 2,816 LoRA parameters merged.{Environment.NewLine}"));
        Assert.That(_error.ToString(), Is.Empty);
    }

    [Test]
    public async Task UnknownKeysOfAnAdapter_AreNoted()
    {
        string adapter = Directory.CreateDirectory(Path.Combine(_folder, "adapter")).FullName;
        File.Copy(Path.Combine(ReferenceModel.Tiny.Adapter, AdapterDirectory.WeightsFile), Path.Combine(adapter, AdapterDirectory.WeightsFile));
        string config = File.ReadAllText(Path.Combine(ReferenceModel.Tiny.Adapter, "adapter_config.json"));
        File.WriteAllText(Path.Combine(adapter, "adapter_config.json"), config.Insert(1, """ "use_tomorrow": true,"""));

        int exitCode = await Run("--base", ReferenceModel.Tiny.Base, "--adapter", adapter, "--labels", "fake,real");

        Assert.That(exitCode, Is.Zero);
        Assert.That(_error.ToString(), Is.EqualTo($"note: adapter_config.json: unknown keys were ignored: use_tomorrow.{Environment.NewLine}"));
    }

    [Test]
    public async Task OneLabel_IsBadUsage()
    {
        Assert.That(await Run("--base", ReferenceModel.Tiny.Base, "--labels", "fake"), Is.EqualTo(2));
        Assert.That(_error.ToString(), Is.EqualTo($"error: --labels fake: a classifier needs at least two labels; found 1.{Environment.NewLine}"));
    }

    [Test]
    public async Task ABaseWithoutAHead_IsAFailure()
    {
        Assert.That(await Run("--base", ReferenceModel.Tiny.Base), Is.EqualTo(1));
        Assert.That(_error.ToString(), Does.StartWith($"error: {ReferenceModel.Tiny.Base}: no classifier head:"));
    }

    private Task<int> Run(params string[] options) =>
        ProgramHost.RunAsync(new RootCommand { OnnxCommand.Create() }, ["onnx", "--out", Target, .. options]);
}
