using System.CommandLine;
using System.Diagnostics;
using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Infer;

namespace FakeNewsOnnx.Tests.Infer;

/// <summary>Runs <c>infer</c> as its user does: files, standard output and error, exit codes.</summary>
internal abstract class InferFixture
{
    private CapturedConsole _console = null!;
    private TemporaryFolder _folder = null!;

    protected string Folder => _folder.Path;

    protected StringWriter Out => _console.Out;

    protected StringWriter Error => _console.Error;

    protected string Model => In("model.onnx");

    protected string Input => In("in.csv");

    protected string Output => In("out.csv");

    [SetUp]
    public void Prepare()
    {
        _folder = new();
        File.WriteAllBytes(Model, ByteModel.ToBytes());
        _console = new();
    }

    [TearDown]
    public void CleanUp()
    {
        _console.Dispose();
        _folder.Dispose();
    }

    protected string In(string name) => _folder.In(name);

    protected Task<int> Score(params string[] args) => Run(ScoreCommand.Create(), ["score", "--model", Model, .. args]);

    protected static Task<int> Run(Command command, params string[] args) => ProgramHost.RunAsync(new RootCommand { command }, args);

    /// <summary>Starts the program itself, with its streams redirected.</summary>
    protected static Process Start(params string[] args) => Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "infer.dll"), .. args])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
}
