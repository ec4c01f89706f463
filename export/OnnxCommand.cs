using System.CommandLine;
using System.Globalization;
using FakeNewsOnnx.Checkpoint;

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

    private static readonly Option<Precision> PrecisionOption = new("--precision")
    {
        Description = "How the large weights are stored and multiplied: fp32; fp16 for GPUs, half the size; int8 for CPUs, a quarter of the size.",
        HelpName = "fp32|fp16|int8",
    };

    private static readonly Option<GraphForm> Graph = new("--graph")
    {
        Description = "Whose operators the graph uses: portable, only those of ai.onnx; fused, also those of com.microsoft, for ONNX Runtime on CUDA.",
        HelpName = "portable|fused",
    };

    private static readonly Option<int> Opset = new("--opset")
    {
        Description = "Version of the ai.onnx operators; 17 is for old runtimes.",
        HelpName = "20|17",
        DefaultValueFactory = _ => GraphBuilder.Opset,
    };

    private static readonly Option<string[]> KeepFp32 = new("--keep-fp32")
    {
        Description = "Layers or blocks that stay in fp32, such as h.0.mlp.c_proj, h.11 or wte.",
        HelpName = "LAYER",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<bool> ExternalData = new("--external-data")
    {
        Description = "Put the weights into FILE.data beside the model; above 2 GB they go there anyway.",
    };

    private static readonly Option<double?> Tolerance = new("--tolerance")
    {
        Description = "Largest |dlogit| that the file's self-test passes, relative to max(1, max |logit|). By default 2e-5 for fp32, 0.02 for fp16, 0.25 for int8.",
        HelpName = "NUMBER",
    };

    public static Command Create()
    {
        PrecisionOption.AcceptOnlyFromAmong("fp32", "fp16", "int8");
        Graph.AcceptOnlyFromAmong("portable", "fused");
        Opset.AcceptOnlyFromAmong("20", "17");
        var command = new Command("onnx", "Merges an adapter into a base model and writes one ONNX file with weights, tokenizer and labels.")
        {
            ModelOptions.Base, ModelOptions.Adapter, Out, ModelOptions.Labels, PrecisionOption, Graph, Opset, KeepFp32, ExternalData, Tolerance,
        };
        command.SetAction((parsed, cancellation) =>
        {
            string target = parsed.GetRequiredValue(Out);
            var options = new OnnxExportOptions
            {
                Labels = ModelOptions.ParseLabels(parsed),
                Precision = parsed.GetValue(PrecisionOption),
                Graph = parsed.GetValue(Graph),
                Opset = parsed.GetValue(Opset),
                KeepSingle = parsed.GetValue(KeepFp32) ?? [],
                ExternalData = parsed.GetValue(ExternalData),
                Tolerance = parsed.GetValue(Tolerance),
            };
            OnnxExportReport report = OnnxExport.Write(ModelOptions.ResolveBase(parsed, cancellation), parsed.GetValue(ModelOptions.Adapter), options, target, cancellation);
            ModelOptions.PrintNotes(report.Notes);
            Print(target, report);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Print(string target, OnnxExportReport report)
    {
        if (report.HasActivationRanges)
        {
            Console.WriteLine($"{ActivationRangesFile.FileName}: scales were moved from activations to weights.");
        }

        string merged = report.MergedParameters > 0 ? $"{report.MergedParameters.ToString("N0", CultureInfo.InvariantCulture)} LoRA parameters merged" : "no adapter";
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{target}: {report.Bytes / 1e6:F1} MB, labels {string.Join(", ", report.Labels)}, {merged}."));
    }
}
