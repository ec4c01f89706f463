using System.CommandLine;
using System.Text.RegularExpressions;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Infer;
using FakeNewsOnnx.Train.Commands;

namespace FakeNewsOnnx.Tests.Docs;

/// <summary>The pages' tables of options, between `options: PROGRAM COMMAND` and `end of options`, are the programs' own.</summary>
internal sealed partial class OptionTableTests
{
    private static readonly Dictionary<string, Command> Commands = new (string Program, RootCommand Root)[]
    {
        ("train", TrainProgram.CreateCommand()), ("export", ExportProgram.CreateCommand()), ("infer", InferProgram.CreateCommand()),
    }.SelectMany(program => program.Root.Subcommands.Select(command => KeyValuePair.Create($"{program.Program} {command.Name}", command))).ToDictionary();

    [TestCaseSource(typeof(Pages), nameof(Pages.All))]
    public void EveryTable_IsCurrent(string page)
    {
        string text = Pages.Read(page), current = Table().Replace(text, match => match.Groups["start"].Value + OptionTable.Of(Commands[match.Groups["command"].Value]) + match.Groups["end"].Value);
        string received = Path.Combine(Path.GetTempPath(), "fakenewsonnx-" + page.Replace('/', '-'));
        if (text != current)
        {
            File.WriteAllText(received, current);
        }

        Assert.That(text, Is.EqualTo(current), $"If the change is meant, copy {received} over {Repository.PathOf(page)}.");
    }

    [Test]
    public void EveryCommandWithOptions_HasOneTable() => Assert.That(
        Pages.All.SelectMany(page => Table().Matches(Pages.Read(page))).Select(match => match.Groups["command"].Value),
        Is.EquivalentTo(Commands.Where(entry => entry.Value.Options.Count + entry.Value.Arguments.Count > 0).Select(entry => entry.Key)));

    [Test]
    public void ATable_SaysNameValueMeaningAndDefault()
    {
        var command = new Command("demo")
        {
            new Argument<string>("FILE") { Description = "What is read." },
            new Option<int>("--rows") { Description = "How many.", HelpName = "N", DefaultValueFactory = _ => 20 },
            new Option<string>("--form") { Description = "Which.", HelpName = "a|b", Required = true },
            new Option<bool>("--force") { Description = "Replace it." },
        };
        Assert.That(OptionTable.Of(command), Is.EqualTo("""
            | option | what it is |
            |---|---|
            | `FILE` | What is read. [required] |
            | `--rows N` | How many. [default: 20] |
            | `--form a\|b` | Which. [required] |
            | `--force` | Replace it. |

            """));
    }

    [GeneratedRegex(@"(?<start><!-- options: (?<command>\w+ \w+) -->\n)(?<table>.*?)(?<end><!-- end of options -->)", RegexOptions.Singleline)]
    private static partial Regex Table();
}
