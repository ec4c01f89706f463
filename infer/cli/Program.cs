using System.CommandLine;
using FakeNewsOnnx.Data;
using FakeNewsOnnx.Infer;

return await ProgramHost.RunAsync(
    new RootCommand("Scores news articles with one ONNX file.")
    {
        ScoreCommand.Create(),
        ClassifyCommand.Create(),
        ExplainCommand.Create(),
        MergeCommand.Create(),
        InfoCommand.Create(),
        SelfTestCommand.Create(),
        CompareCommand.Create(),
    },
    args).ConfigureAwait(false);
