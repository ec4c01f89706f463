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
        var maxErrors = AllowedErrors.Option();
        var force = SharedOptions.Force();
        var json = SharedOptions.Json();
        var command = new Command("merge", "Joins the parts that 'infer score --shard' wrote.") { parts, output, maxErrors, force, json };
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(parts), parsed.GetRequiredValue(output), AllowedErrors.Parse(parsed.GetRequiredValue(maxErrors)), parsed.GetValue(force), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string[] paths, string output, AllowedErrors allowed, bool force, bool json)
    {
        if (!force)
        {
            OutputFile.RequireNothingThere(output);
        }

        MergeOutput merged = PartMerger.Merge(paths, output);
        Console.Out.WriteLine(json
            ? JsonSerializer.Serialize(merged, InferJson.Default.MergeOutput)
            : string.Create(CultureInfo.InvariantCulture, $"{merged.Parts} parts, {merged.Bytes:N0} bytes, {merged.Rows:N0} rows; errors: {merged.Errors:N0}"));
        return (int)allowed.Judge(merged.Rows, merged.Errors);
    }
}
