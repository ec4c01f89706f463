using System.CommandLine;
using FakeNewsOnnx.Cli;

namespace FakeNewsOnnx.Infer;

/// <summary>The options that several commands have.</summary>
internal static class SharedOptions
{
    /// <summary><c>--model FILE</c>, required.</summary>
    public static Option<string> Model() => new("--model") { Description = "The ONNX file that 'export onnx' wrote.", HelpName = "FILE", Required = true };

    /// <summary><c>--json</c>.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print one JSON object instead of text." };

    /// <summary>An option whose value is a whole number of at least 1.</summary>
    public static Option<int> Positive(string name, int defaultValue, string description) =>
        new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => defaultValue }.AtLeast(1);
}
