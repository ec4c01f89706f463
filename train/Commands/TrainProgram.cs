using System.CommandLine;

namespace FakeNewsOnnx.Train.Commands;

/// <summary>The commands of <c>train</c>.</summary>
internal static class TrainProgram
{
    public static RootCommand CreateCommand() => new("Fine-tunes GPT-2 with LoRA to classify articles.")
    {
        new DoctorCommand(),
        new FetchCommand(),
        new FitCommand(),
        new EvalCommand(),
        new PredictCommand(),
        new AuditCommand(),
    };
}
