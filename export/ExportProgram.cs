using System.CommandLine;

namespace FakeNewsOnnx.Export;

/// <summary>The commands of <c>export</c>.</summary>
internal static class ExportProgram
{
    public static RootCommand CreateCommand() => new("Turns a base model and a LoRA adapter into one ONNX file, or into a Hugging Face model.")
    {
        OnnxCommand.Create(),
        MergedCommand.Create(),
        InspectCommand.Create(),
    };
}
