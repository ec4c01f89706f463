using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FakeNewsOnnx.Inference;
using Microsoft.ML.OnnxRuntime;

namespace FakeNewsOnnx.Infer;

/// <summary><c>infer info</c>: what a model file says about itself, and where it would run.</summary>
internal static class InfoCommand
{
    /// <summary>
    /// Source: https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html#requirements; its newest row is 1.30's, and 1.31 is taken to be like it.
    /// </summary>
    private const string CudaNeeds = "Microsoft.ML.OnnxRuntime.Gpu wants CUDA 13 and cuDNN 9, to be installed, and a driver of 580 or later";

    private static string Runtime => $"{OrtEnv.Instance().GetVersionString()}, with {string.Join(", ", OrtEnv.Instance().GetAvailableProviders())}";

    public static Command Create()
    {
        var model = SharedOptions.Model();
        var json = SharedOptions.Json();
        var command = new Command("info", "Prints what a model file says about itself, and where it would run.") { model, json };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(model), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string model, bool json)
    {
        using var classifier = ArticleClassifier.Load(model);
        var manifest = classifier.Manifest;
        var info = new InfoOutput(
            model, new FileInfo(model).Length, manifest.Labels, manifest.MaxTokens, manifest.Temperature, manifest.Precision, manifest.BaseModel, manifest.BaseModelSha256,
            manifest.TokenizerSha256, manifest.TrainingDataSha256, manifest.Metrics, manifest.SelfTest?.Cases.Count ?? 0, manifest.SelfTest?.Tolerance,
            classifier.Device.Device.ToString().ToLowerInvariant(), classifier.Device.Reason, Processor.Products, Runtime, CudaNeeds);
        Console.Out.WriteLine(json ? JsonSerializer.Serialize(info, InferJson.Default.InfoOutput) : Describe(info));
        return 0;
    }

    private static string Describe(InfoOutput info)
    {
        var lines = new StringBuilder();
        Add("Model", $"{info.Model}, {info.Bytes:N0} bytes");
        Add("Labels", $"{string.Join(", ", info.Labels)}");
        Add("Tokens", $"the first {info.MaxTokens}");
        Add("Temperature", $"{info.Temperature}");
        Add("Precision", $"{info.Precision}");
        Add("Base", $"{info.BaseModel}");
        Add("Base SHA-256", $"{info.BaseModelSha256}");
        Add("Tokenizer SHA-256", $"{info.TokenizerSha256}");
        Add("Training data SHA-256", $"{info.TrainingDataSha256}");
        Add("Metrics", $"{string.Join(", ", (info.Metrics ?? new Dictionary<string, double>()).Select(metric => string.Create(CultureInfo.InvariantCulture, $"{metric.Key} {metric.Value:G4}")))}");
        Add("Self-test", info.SelfTestTolerance == null ? (FormattableString)$"none" : $"{info.SelfTestCases} cases, tolerance {info.SelfTestTolerance:G3}");
        Add("Device", $"{info.Device}. {info.DeviceReason}");
        Add("Int8 products", $"{info.Int8Products}");
        Add("ONNX Runtime", $"{info.OnnxRuntime}");
        Add("CUDA", $"{info.Cuda}");
        return lines.ToString().TrimEnd();

        void Add(string name, FormattableString value)
        {
            if (FormattableString.Invariant(value) is { Length: > 0 } text)
            {
                lines.AppendLine(CultureInfo.InvariantCulture, $"{name,-24}{text}");
            }
        }
    }
}
