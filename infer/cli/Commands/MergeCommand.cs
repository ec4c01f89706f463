using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace FakeNewsOnnx.Infer;

/// <summary><c>infer merge</c>: the parts of <c>infer score --shard</c>, as one file.</summary>
internal static class MergeCommand
{
    public static Command Create()
    {
        var parts = new Argument<string[]>("PART") { Description = "All parts, in any order.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--out") { Description = "The joined file; compressed by .gz.", HelpName = "FILE", Required = true };
        var force = new Option<bool>("--force") { Description = "Replace an output file that exists." };
        var json = SharedOptions.Json();
        var command = new Command("merge", "Joins the parts that 'infer score --shard' wrote.") { parts, output, force, json };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(parts), parsed.GetRequiredValue(output), parsed.GetValue(force), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string[] paths, string output, bool force, bool json)
    {
        if (!force)
        {
            OutputFile.RequireNothingThere(output);
        }

        long bytes = PartMerger.Merge(paths, output);
        Console.Out.WriteLine(json
            ? JsonSerializer.Serialize(new(paths.Length, bytes), InferJson.Default.MergeOutput)
            : string.Create(CultureInfo.InvariantCulture, $"{paths.Length} parts, {bytes:N0} bytes"));
        return 0;
    }
}
