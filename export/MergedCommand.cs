using System.CommandLine;

namespace FakeNewsOnnx.Export;

/// <summary><c>export merged</c>.</summary>
internal static class MergedCommand
{
    private static readonly Option<string> Out = new("--out")
    {
        Description = "The directory to write; it must not exist, or be empty.",
        HelpName = "DIR",
        Required = true,
    };

    public static Command Create()
    {
        var command = new Command("merged", "Merges an adapter into a base model and writes the result as Hugging Face's save_pretrained does.") { ModelOptions.Base, ModelOptions.Adapter, Out, ModelOptions.Labels };
        command.SetAction((parsed, cancellation) =>
        {
            string target = parsed.GetRequiredValue(Out);
            MergedExportReport report = MergedExport.Write(
                ModelOptions.ResolveBase(parsed, cancellation), parsed.GetValue(ModelOptions.Adapter), ModelOptions.ParseLabels(parsed), target, cancellation);
            ModelOptions.PrintNotes(report.Notes);
            Console.WriteLine($"{target}: {string.Join(", ", report.Files)}; labels {string.Join(", ", report.Labels)}.");
            return Task.CompletedTask;
        });
        return command;
    }
}
