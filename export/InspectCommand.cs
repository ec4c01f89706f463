using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace FakeNewsOnnx.Export;

/// <summary><c>export inspect</c>: what is in an ONNX file.</summary>
internal static partial class InspectCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "An ONNX file, ours or another." };
        var command = new Command("inspect", "Prints a file's inputs, outputs, operators, weights by layer, metadata and manifest.") { file };
        command.SetAction(parsed => Console.Write(Describe(parsed.GetRequiredValue(file))));
        return command;

        static string Describe(string path) => InspectCommand.Describe(OnnxSummary.Read(path), path, new FileInfo(path).Length);
    }

    /// <summary>What is printed.</summary>
    /// <param name="model">The file's content.</param>
    /// <param name="path">Its name.</param>
    /// <param name="bytes">Its size.</param>
    /// <exception cref="InvalidDataException">It has a manifest that is not one.</exception>
    internal static string Describe(OnnxSummary model, string path, long bytes)
    {
        var text = new StringBuilder();
        Line($"{path}: {Megabytes(bytes)}, IR {model.IrVersion}, {string.Join(", ", model.Opsets)}, by {model.Producer} {model.ProducerVersion}");
        if (model.Description != "")
        {
            Line($"{model.Description.ReplaceLineEndings(" ")}");
        }

        Section("Inputs", model.Inputs.Select(value => $"{value}"));
        Section("Outputs", model.Outputs.Select(value => $"{value}"));
        Section(
            $"Operators: {model.Operators.Values.Sum()}",
            model.Operators.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Value,6} {entry.Key}"));
        Section(
            $"Weights: {Megabytes(model.Weights.Sum(weight => weight.Bytes))}",
            model.Weights.GroupBy(weight => LayerOf(weight.Name)).Select(layer =>
                $"{Megabytes(layer.Sum(weight => weight.Bytes)),12} {layer.Key} ({string.Join(", ", layer.Select(weight => weight.Type.ToString().ToLowerInvariant()).Distinct())})"));
        Section("Metadata", model.Metadata.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key}: {Encoding.UTF8.GetByteCount(entry.Value):N0} bytes")));
        Section("Manifest", DescribeManifest(model, path));
        return text.ToString();

        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));

        void Section(string title, IEnumerable<string> lines)
        {
            text.AppendLine(title);
            foreach (string line in lines)
            {
                text.Append("  ").AppendLine(line);
            }
        }
    }

    private static IEnumerable<string> DescribeManifest(OnnxSummary model, string path)
    {
        if (model.Metadata.FirstOrDefault(entry => entry.Key == Manifest.MetadataKey).Value is not { } json)
        {
            return ["none: not a file of this project"];
        }

        Manifest manifest = Manifest.Parse(Encoding.UTF8.GetBytes(json), path);
        string selfTest = manifest.SelfTest is { } test
            ? string.Create(CultureInfo.InvariantCulture, $"self-test: {test.Cases.Count} cases, tolerance {test.Tolerance} · max(1, max |logit|)")
            : "self-test: none";
        return Encoding.UTF8.GetString((manifest with { SelfTest = null }).ToUtf8Json()).Split('\n').Append(selfTest);
    }

    /// <summary><c>h.3.attn.c_attn.weight</c> belongs to <c>h.*.attn.c_attn</c>.</summary>
    private static string LayerOf(string weight) => weight.StartsWith('/')
        ? "constants"
        : BlockNumber().Replace(weight.Contains('.', StringComparison.Ordinal) ? weight[..weight.LastIndexOf('.')] : weight, ".*");

    private static string Megabytes(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F1} MB");

    [GeneratedRegex(@"\.\d+(?=\.|$)")]
    private static partial Regex BlockNumber();
}
