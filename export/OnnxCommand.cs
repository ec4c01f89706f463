using System.CommandLine;
using System.Globalization;

namespace FakeNewsOnnx.Export;

/// <summary><c>export onnx</c>.</summary>
internal static class OnnxCommand
{
    private static readonly Option<string> Out = new("--out")
    {
        Description = "The ONNX file to write; an older one is replaced when the new one is complete.",
        HelpName = "FILE",
        Required = true,
    };

    public static Command Create()
    {
        var command = new Command("onnx", "Merges an adapter into a base model and writes one ONNX file with weights, tokenizer and labels.") { ModelOptions.Base, ModelOptions.Adapter, Out, ModelOptions.Labels };
        command.SetAction((parsed, cancellation) =>
        {
            string target = parsed.GetRequiredValue(Out);
            OnnxExportReport report = OnnxExport.Write(
                parsed.GetRequiredValue(ModelOptions.Base), parsed.GetValue(ModelOptions.Adapter), ModelOptions.ParseLabels(parsed), target, cancellation);
            ModelOptions.PrintNotes(report.Notes);
            Print(target, report);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Print(string target, OnnxExportReport report)
    {
        string merged = report.MergedParameters > 0 ? $"{report.MergedParameters.ToString("N0", CultureInfo.InvariantCulture)} LoRA parameters merged" : "no adapter";
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{target}: {report.Bytes / 1e6:F1} MB, labels {string.Join(", ", report.Labels)}, {merged}."));
    }
}
