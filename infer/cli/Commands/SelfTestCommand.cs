using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Infer;

/// <summary><c>infer selftest</c>: does the file compute here what was trained?</summary>
internal static class SelfTestCommand
{
    public static Command Create()
    {
        var model = SharedOptions.Model();
        var json = SharedOptions.Json();
        var command = new Command("selftest", "Scores the articles that the model file carries, and compares tokens and logits with training.") { model, json };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(model), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string model, bool json)
    {
        using var classifier = ArticleClassifier.Load(model);
        var report = classifier.RunSelfTest();
        Console.Out.WriteLine(json
            ? JsonSerializer.Serialize(
                new(model, report.Cases, report.MaxAbsLogitDifference, report.Tolerance, report.Passed, report.Failures), InferJson.Default.SelfTestOutput)
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{(report.Passed ? "passed" : "failed")}: {report.Cases} cases, max |Δlogit| {report.MaxAbsLogitDifference:G3}, tolerance {report.Tolerance:G3} · max(1, max |logit|)"));
        foreach (string failure in report.Failures)
        {
            Console.Error.WriteLine($"error: {failure}");
        }

        return report.Passed ? 0 : 1;
    }
}
