using System.CommandLine;
using System.Globalization;
using FakeNewsOnnx.Data;

namespace FakeNewsOnnx.Export;

/// <summary><c>export onnx</c>.</summary>
internal static class OnnxCommand
{
    private static readonly Option<string> Base = new("--base")
    {
        Description = "The base model: a directory with config.json, model.safetensors and, for scoring text, vocab.json and merges.txt.",
        HelpName = "DIR",
        Required = true,
    };

    private static readonly Option<string?> Adapter = new("--adapter")
    {
        Description = "The LoRA adapter, from 'train fit' or from PEFT: a directory with adapter_config.json and adapter_model.safetensors. Without it the base must have a classifier head.",
        HelpName = "DIR",
    };

    private static readonly Option<string> Out = new("--out")
    {
        Description = "The ONNX file to write; an older one is replaced when the new one is complete.",
        HelpName = "FILE",
        Required = true,
    };

    private static readonly Option<string?> Labels = new("--labels")
    {
        Description = "Label names in the order of their ids, separated by commas: fake,real. By default those of the adapter's manifest, else id2label of config.json.",
        HelpName = "NAMES",
    };

    public static Command Create()
    {
        var command = new Command("onnx", "Merges an adapter into a base model and writes one ONNX file with weights, tokenizer and labels.") { Base, Adapter, Out, Labels };
        command.SetAction((parsed, cancellation) =>
        {
            string target = parsed.GetRequiredValue(Out);
            OnnxExportReport report = OnnxExport.Write(
                parsed.GetRequiredValue(Base), parsed.GetValue(Adapter), new() { Labels = ParseLabels(parsed.GetValue(Labels)) }, target, cancellation);
            Print(target, report);
            return Task.CompletedTask;
        });
        return command;
    }

    private static LabelMap? ParseLabels(string? names)
    {
        try
        {
            return names is null ? null : LabelMap.Parse(names);
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"--labels {names}: {e.Message}");
        }
    }

    private static void Print(string target, OnnxExportReport report)
    {
        if (report.UnknownAdapterKeys.Count > 0)
        {
            Console.Error.WriteLine($"note: {LoraConfigFile.FileName}: unknown keys were ignored: {string.Join(", ", report.UnknownAdapterKeys)}.");
        }

        string merged = report.MergedParameters > 0 ? $"{report.MergedParameters.ToString("N0", CultureInfo.InvariantCulture)} LoRA parameters merged" : "no adapter";
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{target}: {report.Bytes / 1e6:F1} MB, labels {string.Join(", ", report.Labels)}, {merged}."));
    }
}
