using System.CommandLine;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Infer;

/// <summary>The options that several commands have.</summary>
internal static class SharedOptions
{
    /// <summary><c>--model FILE</c>, required.</summary>
    public static Option<string> Model() => new("--model") { Description = "The ONNX file that 'export onnx' wrote.", HelpName = "FILE", Required = true };

    /// <summary><c>--force</c>.</summary>
    public static Option<bool> Force() => new("--force") { Description = "Replace an output file that exists." };

    /// <summary><c>--json</c>.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print one JSON object instead of text." };

    /// <summary><c>--encoding NAME</c>.</summary>
    public static Option<string?> Encoding() => new("--encoding") { Description = "The encoding of the file, such as windows-1252 or utf-16le, where it is not UTF-8 and no byte order mark tells it; all output is UTF-8.", HelpName = "NAME" };

    /// <summary>The value of <see cref="Encoding"/>.</summary>
    /// <exception cref="UsageException">There is no such encoding.</exception>
    public static TextEncoding? Read(ParseResult parsed, Option<string?> encoding) => parsed.GetValue(encoding) is { } name ? TextEncoding.Parse(name) : null;

    /// <summary>Says on standard error what a file's name does not say.</summary>
    public static void PrintNote(string note) => Console.Error.WriteLine($"note: {note}");

    /// <summary>An option whose value is a whole number of at least 1.</summary>
    public static Option<int> Positive(string name, int defaultValue, string description) =>
        new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => defaultValue }.AtLeast(1);
}
