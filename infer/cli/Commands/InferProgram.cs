using System.CommandLine;

namespace FakeNewsOnnx.Infer;

/// <summary>The commands of <c>infer</c>.</summary>
internal static class InferProgram
{
    public static RootCommand CreateCommand() => new("Scores news articles with one ONNX file.")
    {
        ScoreCommand.Create(),
        ClassifyCommand.Create(),
        ExplainCommand.Create(),
        MergeCommand.Create(),
        InfoCommand.Create(),
        SelfTestCommand.Create(),
        CompareCommand.Create(),
    };
}
