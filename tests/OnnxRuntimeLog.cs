using System.Collections.Concurrent;
using Microsoft.ML.OnnxRuntime;

namespace FakeNewsOnnx.Tests;

/// <summary>Collects the warnings of ONNX Runtime, which has one log for the whole process.</summary>
[SetUpFixture]
internal sealed class OnnxRuntimeLog
{
    public static ConcurrentQueue<string> Messages { get; } = new();

    [OneTimeSetUp]
    public void Listen()
    {
        EnvironmentCreationOptions options = new()
        {
            logId = "tests",
            logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING,
            loggingFunction = (_, severity, _, _, location, message) => Messages.Enqueue($"{severity} {location}: {message}"),
        };
        OrtEnv.CreateInstanceWithOptions(ref options);
    }
}
