using System.CommandLine;
using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Infer;
using FakeNewsOnnx.Train.Commands;

namespace FakeNewsOnnx.Tests.Shared;

internal sealed class ProgramHostTests
{
    private TextWriter _originalError = null!;
    private StringWriter _error = null!;

    [SetUp]
    public void CaptureError()
    {
        _originalError = Console.Error;
        _error = new StringWriter();
        Console.SetError(_error);
    }

    [TearDown]
    public void RestoreError()
    {
        Console.SetError(_originalError);
        _error.Dispose();
    }

    [Test]
    public async Task RunAsync_ReturnsTheCommandsExitCode()
    {
        Assert.That(await ProgramHost.RunAsync(Program(() => 7), ["run", "--count", "3"]), Is.EqualTo(7));
        Assert.That(_error.ToString(), Is.Empty);
    }

    [Test]
    public async Task RunAsync_WithBadArgumentsPrintsEachErrorAndExits2()
    {
        Assert.That(await ProgramHost.RunAsync(Program(() => 0), ["run", "--count", "three"]), Is.EqualTo(2));
        Assert.That(_error.ToString(), Does.StartWith("error: ").And.Contain("'three'"));
    }

    [Test]
    public async Task RunAsync_WithoutARequiredOptionExits2()
    {
        Assert.That(await ProgramHost.RunAsync(Program(() => 0), ["run"]), Is.EqualTo(2));
        Assert.That(_error.ToString(), Does.StartWith("error: ").And.Contain("--count"));
    }

    [TestCase("--model must not be empty.", "score", "a.csv", "--model", "")]
    [TestCase("FILE must not be empty.", "score", "", "--model", "a.onnx")]
    [TestCase("--tokenizer must not be empty.", "score", "a.csv", "--model", "a.onnx", "--tokenizer", "")]
    [TestCase("", "score", "a.csv", "--model", "a.onnx", "--title", "")]
    public async Task RunAsync_RefusesEmptyNamesOfFiles(string expected, params string[] args)
    {
        var score = new Command("score", "Scores.")
        {
            new Argument<string[]>("FILE"),
            new Option<string>("--model") { Required = true },
            new Option<string?>("--tokenizer"),
            new TextOption("--title"),
        };
        score.SetAction(_ => 0);
        Assert.That(await ProgramHost.RunAsync(new RootCommand("A program.") { score }, args), Is.EqualTo(expected.Length == 0 ? 0 : 2));
        Assert.That(_error.ToString(), Is.EqualTo(expected.Length == 0 ? "" : $"error: {expected}{Environment.NewLine}"));
    }

    [TestCase("fit", "--recipe", "--validation-data", "--test-data", "--save-test", "--base-name", "--cache-dir")]
    [TestCase("eval", "--adapter", "--out")]
    [TestCase("audit", "--against", "--write-clean")]
    [TestCase("predict", "--data")]
    [TestCase("fetch", "--base", "--data")]
    [TestCase("onnx", "--adapter")]
    [TestCase("merged", "--adapter")]
    [TestCase("classify", "--text-file")]
    [TestCase("score", "--tokenizer")]
    public async Task OptionalFiles_RefuseEmptyNames(string name, params string[] options)
    {
        RootCommand[] programs = [TrainProgram.CreateCommand(), ExportProgram.CreateCommand(), InferProgram.CreateCommand()];
        RootCommand program = programs.Single(program => program.Subcommands.Any(command => command.Name == name));
        Assert.That(await ProgramHost.RunAsync(program, [name, .. options.SelectMany(option => (string[])[option, ""])]), Is.EqualTo(2));
        Assert.That(_error.ToString(), Is.EqualTo(string.Concat(options.Select(option => $"error: {option} must not be empty.{Environment.NewLine}"))));
    }

    [Test]
    public async Task RunAsync_WithAUsersMistakePrintsOneLineWithoutAStackTrace()
    {
        int exitCode = await ProgramHost.RunAsync(Program(() => throw new InvalidDataException("a.csv(3): found a bear.")), ["run", "--count", "3"]);

        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(_error.ToString(), Is.EqualTo("error: a.csv(3): found a bear." + Environment.NewLine));
    }

    [Test]
    public async Task RunAsync_WithAUsageExceptionExits2()
    {
        int exitCode = await ProgramHost.RunAsync(Program(() => throw new UsageException("pick one of a, b.")), ["run", "--count", "3"]);

        Assert.That(exitCode, Is.EqualTo(2));
        Assert.That(_error.ToString(), Is.EqualTo("error: pick one of a, b." + Environment.NewLine));
    }

    [Test]
    public async Task RunAsync_LetsABugKeepItsStackTrace() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => ProgramHost.RunAsync(Program(() => throw new InvalidOperationException()), ["run", "--count", "3"]));

    private static RootCommand Program(Func<int> action)
    {
        var run = new Command("run", "Runs.") { new Option<int>("--count") { Required = true, Description = "How often." } };
        run.SetAction(_ => action());
        return new RootCommand("A program.") { run };
    }
}
