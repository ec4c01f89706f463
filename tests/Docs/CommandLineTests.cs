using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Infer;
using FakeNewsOnnx.Train.Commands;

namespace FakeNewsOnnx.Tests.Docs;

/// <summary>Every command line of the pages, run or not, is one that the programs and build.cake accept.</summary>
internal sealed partial class CommandLineTests
{
    private static readonly Dictionary<string, RootCommand> Programs = new()
    {
        ["train"] = TrainProgram.CreateCommand(),
        ["export"] = ExportProgram.CreateCommand(),
        ["infer"] = InferProgram.CreateCommand(),
    };

    /// <summary>Options that the pages name besides: of build.cake, of all programs, of programs that are not ours.</summary>
    private static readonly string[] Others = ["--target", "--accelerator", "--filter", "--help", "--array", "--mpi", "--mca", "--bind-to", "--map-by", "--verify-no-changes"];

    private static readonly HashSet<string> Targets = [.. CakeTask().Matches(File.ReadAllText(Repository.PathOf("build.cake"))).Select(match => match.Groups[1].Value)];

    [TestCaseSource(typeof(Pages), nameof(Pages.All))]
    public void EveryCommandLine_IsAccepted(string page) =>
        Assert.That(Pages.Blocks(page).Where(block => block.Language == "bash").SelectMany(block => Mistakes(block.Text).Select(mistake => $"{block.Place}: {mistake}")), Is.Empty);

    [TestCaseSource(typeof(Pages), nameof(Pages.All))]
    public void EveryOptionThatTheTextNames_IsOne(string page) => Assert.That(
        CodeSpan().Matches(Pages.WithoutBlocks(Pages.Read(page))).SelectMany(span => OptionName().Matches(span.Value)).Select(option => option.Value).Distinct().Except(Others)
            .Except(Programs.Values.SelectMany(program => program.Subcommands).SelectMany(command => command.Options).Select(option => option.Name)),
        Is.Empty);

    [TestCase("infer score a.csv --modle m.onnx --out b.csv", "Option '--model' is required.")]
    [TestCase("mpirun -n 4 fakenews-train fit --base gpt2 --out my-adapter", "Option '--data' is required.")]
    [TestCase("artifacts/bin/export/export onnx --base gpt2 --out m.onnx --precision fp64", "Argument 'fp64' not recognized. Must be one of:\n\t'fp32'\n\t'fp16'\n\t'int8'")]
    [TestCase("./build.sh --target Trian --data a.csv", "no target Trian in build.cake")]
    [TestCase("cat a.csv | infer score - --model m.onnx --out - --bogus # --fine", "no option --bogus")]
    [TestCase("./build.sh --target Train --data a.csv --base gpt2 --out b --epochs 3", "Unrecognized command or argument '--epochs'.")]
    public void AMistake_IsSeen(string line, string mistake) => Assert.That(Mistakes(line), Has.Some.EqualTo(mistake));

    private static IEnumerable<string> Mistakes(string script) => ShellCommand.Split(script).Where(words => words.Length > 0).SelectMany(Mistakes);

    private static IEnumerable<string> Mistakes(string[] words)
    {
        if (words[0] is "./build.sh" or "./build.ps1")
        {
            return CakeMistakes(words[1..]);
        }

        int program = Array.FindIndex(words, word => Programs.ContainsKey(ProgramName(word)));
        return program < 0 || program + 1 == words.Length ? [] : Errors(ProgramName(words[program]), words[(program + 1)..]);
    }

    private static string ProgramName(string word) => Path.GetFileNameWithoutExtension(word).Replace("fakenews-", "", StringComparison.Ordinal);

    /// <summary>The targets Train, Export and Infer hand what they are given to a program.</summary>
    private static IEnumerable<string> CakeMistakes(string[] arguments)
    {
        string target = Take(ref arguments, "target").LastOrDefault() ?? "Default";
        Take(ref arguments, "accelerator");
        switch (target)
        {
            case var unknown when !Targets.Contains(unknown):
                return [$"no target {unknown} in build.cake"];
            case "Train":
                return Errors("train", ["fit", .. arguments]);
            case "Export":
                Take(ref arguments, "data");
                Take(ref arguments, "column");
                Take(ref arguments, "max-accuracy-drop");
                return Errors("export", ["onnx", .. arguments]);
            case "Infer":
                return Errors("infer", ["score", .. Take(ref arguments, "data"), .. arguments]);
            default:
                return [];
        }
    }

    /// <summary>Takes an option out of the arguments, and returns its values.</summary>
    private static string[] Take(ref string[] arguments, string name)
    {
        int at = Array.IndexOf(arguments, $"--{name}");
        if (at < 0)
        {
            return [];
        }

        string[] values = [.. arguments[(at + 1)..].TakeWhile(value => !value.StartsWith("--", StringComparison.Ordinal))];
        arguments = [.. arguments[..at], .. arguments[(at + 1 + values.Length)..]];
        return values;
    }

    /// <summary>What the program would say; an unknown option may also pass as one of several values.</summary>
    private static IEnumerable<string> Errors(string program, string[] arguments)
    {
        var parsed = Programs[program].Parse(arguments);
        return parsed.Errors.Select(error => error.Message.ReplaceLineEndings("\n"))
            .Concat(parsed.Tokens.Where(token => token is { Type: not TokenType.Option } && token.Value.StartsWith("--", StringComparison.Ordinal)).Select(token => $"no option {token.Value}"));
    }

    [GeneratedRegex("`[^`\n]+`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex("(?<![\\w-])--[a-z][a-z0-9-]*")]
    private static partial Regex OptionName();

    [GeneratedRegex("""^Task\("(\w+)"\)""", RegexOptions.Multiline)]
    private static partial Regex CakeTask();
}
