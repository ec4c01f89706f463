using System.CommandLine;
using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Tests.Parity;

namespace FakeNewsOnnx.Tests.Export;

/// <summary><c>export inspect</c> as a user types it.</summary>
[NonParallelizable]
internal sealed class InspectCommandTests
{
    private TemporaryFolder _folder = null!;
    private CapturedConsole _console = null!;

    private string Model => _folder.In("model.onnx");

    [SetUp]
    public void Prepare()
    {
        _folder = new();
        _console = new();
    }

    [TearDown]
    public void CleanUp()
    {
        _console.Dispose();
        _folder.Dispose();
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task AFile_SaysWhatItHolds(bool externalData)
    {
        OnnxExportOptions options = new() { Labels = LabelMap.Default, Precision = Precision.Int8, ExternalData = externalData };
        OnnxExport.Write(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter, options, Model, CancellationToken.None);

        Assert.That(await Run(), Is.Zero, _console.Error.ToString());

        string text = _console.Out.ToString();
        Assert.That(text, Does.StartWith($"{Model}: 0.{(externalData ? 0 : 1)} MB, IR 9, ai.onnx 20, by FakeNewsOnnx 0.1.0{Environment.NewLine}"));
        Assert.That(text, Does.Contain("  input_ids int64 [batch, sequence]").And.Contain("  logits float [batch, 2]"));
        Assert.That(text, Does.Contain("     8 MatMulInteger").And.Contain("     1 Gemm"));
        Assert.That(text, Does.Match(@" 0\.0 MB h\.\*\.mlp\.c_fc \(int8, float\)").And.Contain(" 0.0 MB constants (int64, float)"));
        Assert.That(text, Does.Contain("  fakenews.json: ").And.Contain("\"precision\": \"int8\"").And.Contain("self-test: none"));
    }

    /// <summary>Tiny has 64 positions in two layers, and the second one attends for one token only.</summary>
    [Test]
    public async Task AFileInQueryBlocks_SaysTheirLength()
    {
        OnnxExport.Write(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter, new() { Labels = LabelMap.Default, QueryBlock = 16 }, Model, CancellationToken.None);

        Assert.That(await Run(), Is.Zero, _console.Error.ToString());
        Assert.That(_console.Out.ToString(), Does.Contain("2 labels. Attention in blocks of 16 queries.").And.Contain("     1 If").And.Contain("     6 Softmax"));
    }

    [Test]
    public async Task AFileOfBranchesWithinBranches_IsRefused()
    {
        var graph = new OnnxGraph("", "", [], [], [], [new("leaf", "Not", [], [], [])]);
        for (int i = 0; i < 200; i++)
        {
            graph = new("", "", [], [], [], [new("if", "If", [], [], [new("then_branch", graph)])]);
        }

        using (FileStream stream = File.Create(Model))
        {
            OnnxWriter.Write(stream, new(GraphBuilder.IrVersion, GraphBuilder.Opset, graph, []));
        }

        Assert.That(await Run(), Is.EqualTo(1));
        Assert.That(_console.Error.ToString(), Does.Contain("at most 100 deep"));
    }

    [Test]
    public async Task AFileWithComMicrosoft_NamesItsDomain()
    {
        OnnxExport.Write(
            ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter, new() { Labels = LabelMap.Default, Graph = GraphForm.Fused }, Model, CancellationToken.None);

        Assert.That(await Run(), Is.Zero, _console.Error.ToString());
        Assert.That(_console.Out.ToString(), Does.Contain("ai.onnx 20, com.microsoft 1").And.Contain("     2 com.microsoft.MultiHeadAttention"));
    }

    [TestCase("")]
    [TestCase("not an ONNX file")]
    [TestCase("\u000a\u007f")]
    [TestCase("\u003a\u00ff\u00ff\u00ff\u00ff\u0007\u0000")]
    public async Task AnotherFile_IsAnError(string bytes)
    {
        File.WriteAllBytes(Model, [.. bytes.Select(value => (byte)value)]);
        Assert.That(await Run(), Is.EqualTo(1));
        Assert.That(_console.Error.ToString(), Does.StartWith($"error: {Model}: ").And.Contain("ONNX model"));
    }

    private Task<int> Run() => ProgramHost.RunAsync(new RootCommand { InspectCommand.Create() }, ["inspect", Model]);
}
