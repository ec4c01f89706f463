using System.CommandLine;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Tests.Parity;

namespace FakeNewsOnnx.Tests.Export;

/// <summary><c>export onnx</c> as a user types it.</summary>
[NonParallelizable]
internal sealed class OnnxCommandTests
{
    private CapturedConsole _console = null!;
    private TemporaryFolder _folder = null!;

    private string Target => _folder.In("model.onnx");

    [SetUp]
    public void Capture()
    {
        _folder = new();
        _console = new();
    }

    [TearDown]
    public void Restore()
    {
        _console.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task AnExport_SaysWhatWasWritten()
    {
        int exitCode = await Run("--base", ReferenceModel.Tiny.Base, "--adapter", ReferenceModel.Tiny.Adapter, "--labels", "fake, real");

        Assert.That(exitCode, Is.Zero);
        Assert.That(_console.Out.ToString(), Is.EqualTo($"{Target}: 0.2 MB, labels fake, real, 2,816 LoRA parameters merged.{Environment.NewLine}"));
        Assert.That(_console.Error.ToString(), Is.Empty);
    }

    [Test]
    public async Task UnknownKeysOfAnAdapter_AreNoted()
    {
        string adapter = Directory.CreateDirectory(_folder.In("adapter")).FullName;
        File.Copy(Path.Combine(ReferenceModel.Tiny.Adapter, AdapterDirectory.WeightsFile), Path.Combine(adapter, AdapterDirectory.WeightsFile));
        string config = File.ReadAllText(Path.Combine(ReferenceModel.Tiny.Adapter, "adapter_config.json"));
        File.WriteAllText(Path.Combine(adapter, "adapter_config.json"), config.Insert(1, """ "use_tomorrow": true,"""));

        int exitCode = await Run("--base", ReferenceModel.Tiny.Base, "--adapter", adapter, "--labels", "fake,real");

        Assert.That(exitCode, Is.Zero);
        Assert.That(_console.Error.ToString(), Is.EqualTo($"note: adapter_config.json: unknown keys were ignored: use_tomorrow.{Environment.NewLine}"));
    }

    [Test]
    public async Task OneLabel_IsBadUsage()
    {
        Assert.That(await Run("--base", ReferenceModel.Tiny.Base, "--labels", "fake"), Is.EqualTo(2));
        Assert.That(_console.Error.ToString(), Is.EqualTo($"error: --labels fake: a classifier needs at least two labels; found 1.{Environment.NewLine}"));
    }

    [Test]
    public async Task ABaseWithoutAHead_IsAFailure()
    {
        Assert.That(await Run("--base", ReferenceModel.Tiny.Base), Is.EqualTo(1));
        Assert.That(_console.Error.ToString(), Does.StartWith($"error: {ReferenceModel.Tiny.Base}: no classifier head:"));
    }

    [TestCase("fp16", "0.1 MB")]
    [TestCase("int8", "0.1 MB")]
    public async Task APrecision_MakesTheFileSmaller(string precision, string size)
    {
        Assert.That(await Run("--base", ReferenceModel.Tiny.Base, "--adapter", ReferenceModel.Tiny.Adapter, "--labels", "fake,real", "--precision", precision, "--keep-fp32", "h.0.mlp.c_proj", "wpe", "--opset", "17"), Is.Zero);
        Assert.That(_console.Out.ToString(), Does.StartWith($"{Target}: {size}"));

        var file = new OnnxFile(File.ReadAllBytes(Target));
        string[] single = [.. file.Initializers.Where(tensor => tensor.Value.Int(2) == 1 && tensor.Value.Ints(1).Length == 2 && tensor.Value.Ints(1)[1] > 1).Select(tensor => tensor.Key)];
        Assert.That(single, Is.EquivalentTo(new[] { "wpe.weight", "h.0.mlp.c_proj.weight", "score.weight" }));
        Assert.That(file.Model.Message(8).Int(2), Is.EqualTo(17));
        Assert.That(file.Metadata["fakenews.json"], Does.Contain($"\"precision\": \"{precision}\""));
    }

    [Test]
    public async Task ExternalData_GoesBesideTheModel_WhichComputesTheSame()
    {
        Assert.That(await Run("--base", ReferenceModel.Tiny.Base, "--adapter", ReferenceModel.Tiny.Adapter, "--labels", "fake,real", "--external-data"), Is.Zero);

        using var inOneFile = new OnnxClassifier(ReferenceModel.Export(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter));
        using var inTwo = new OnnxClassifier(Target);
        ReferenceBatch batch = ReferenceModel.Tiny.Batches[3];
        Assert.That(Directory.GetFiles(_folder.Path).Select(Path.GetFileName), Is.EquivalentTo(new[] { "model.onnx", "model.onnx.data" }));
        Assert.That(new FileInfo(Target).Length, Is.LessThan(40_000));
        Assert.That(inTwo.Run(batch), Is.EqualTo(inOneFile.Run(batch)));
    }

    [TestCase("--keep-fp32 is for fp16", "error: --keep-fp32 needs --precision fp16 or int8: all layers are fp32 without it.", "--keep-fp32", "wte")]
    [TestCase("no such layer", "error: --keep-fp32 must name layers such as wte, h.0 or h.0.attn.c_attn; found h.7.", "--precision", "fp16", "--keep-fp32", "h.7")]
    [TestCase("int8 is for the CPU", "error: --precision int8 is for the CPU and --graph fused for CUDA; choose --graph portable, or fp16.", "--precision", "int8", "--graph", "fused")]
    [TestCase("a tolerance above 1", "error: --tolerance must be above 0 and at most 1; found 2.", "--tolerance", "2")]
    [TestCase("no such opset", "error: Argument '19' not recognized. Must be one of:", "--opset", "19")]
    public async Task OptionsThatCannotBe_AreBadUsage(string what, string message, params string[] options)
    {
        Assert.That(await Run(["--base", ReferenceModel.Tiny.Base, "--adapter", ReferenceModel.Tiny.Adapter, "--labels", "fake,real", .. options]), Is.EqualTo(2), what);
        Assert.That(_console.Error.ToString(), Does.StartWith(message));
        Assert.That(Directory.GetFiles(_folder.Path), Is.Empty);
    }

    private Task<int> Run(params string[] options) =>
        ProgramHost.RunAsync(new RootCommand { OnnxCommand.Create() }, ["onnx", "--out", Target, .. options]);
}
