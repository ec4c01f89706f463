using System.Diagnostics;
using System.Globalization;
using FakeNewsOnnx.Inference;
using FakeNewsOnnx.Train.Recipes;

namespace FakeNewsOnnx.Benchmarks;

/// <summary>Work in a process of its own, so that the peak of its memory is its own.</summary>
internal static class MeasuredProcess
{
    /// <summary>What this program calls such work on its command line.</summary>
    public const string Option = "--measure";

    /// <summary>Runs work and waits for what it measured.</summary>
    /// <param name="work"><c>scoring MODEL TOKENS</c>, <c>start MODEL cold|warm</c>, <c>training BASE ROWS TOKENS PRECISION CHECKPOINTING</c> or <c>rows MODEL INPUT</c>.</param>
    /// <returns>Seconds and the largest working set, in MB.</returns>
    public static (double Seconds, double Megabytes) Run(params string[] work)
    {
        using Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [Option, .. work]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        string[] numbers = output.TrimEnd().Split('\n')[^1].Split(' ');
        return process.ExitCode == 0
            ? (double.Parse(numbers[0], CultureInfo.InvariantCulture), double.Parse(numbers[1], CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"{string.Join(' ', work)} ended with {process.ExitCode}.");
    }

    /// <summary>Does the work in this process and prints what <see cref="Run"/> reads.</summary>
    public static void Measure(string root, string[] work)
    {
        double seconds = work switch
        {
            ["scoring", var model, var tokens] => Scoring(root, model, Number(tokens)),
            ["start", var model, "cold"] => PairedRun.Seconds(() => Start(model)),
            ["start", var model, "warm"] => SecondTime(() => Start(model)),
            ["training", var directory, var rows, var tokens, var precision, var checkpointing] => Training(directory, Number(rows), Number(tokens), Enum.Parse<Precision>(precision), bool.Parse(checkpointing)),
            ["rows", var model, var input] => Rows(root, model, input),
            _ => throw new ArgumentException($"unknown work: {string.Join(' ', work)}", nameof(work)),
        };
        using var self = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds} {self.PeakWorkingSet64 / 1e6}"));
    }

    /// <summary>One article on one thread.</summary>
    private static double Scoring(string root, string model, int tokens)
    {
        using var classifier = ArticleClassifier.Load(model);
        int[] article = LengthFixture.Read(root, "recovery", 24).First(ids => ids.Length == 1024)[..tokens];
        return SecondTime(() => classifier.Classify(article));
    }

    /// <summary>A load and an answer.</summary>
    private static void Start(string model)
    {
        using var classifier = ArticleClassifier.Load(model);
        classifier.Classify(Enumerable.Range(1, 16).ToArray());
    }

    /// <summary>One step on all threads.</summary>
    private static double Training(string directory, int rows, int tokens, Precision precision, bool checkpointing)
    {
        var recipe = TrainingRows.Plain with { Precision = precision, TrainBatchSize = rows, GradientCheckpointing = checkpointing };
        using var trainer = new TrainingRows.TimedTrainer(TrainingRows.Build(directory, recipe), recipe, TrainingRows.OneShape(rows, tokens));
        return SecondTime(trainer.Step);
    }

    private static double Rows(string root, string model, string input)
    {
        using var classifier = ArticleClassifier.Load(model);
        return PairedRun.Seconds(() => ScoringRows.Score(root, classifier, model, input));
    }

    /// <summary>The second time: the first one also makes room and warms up.</summary>
    private static double SecondTime(Action work)
    {
        work();
        return PairedRun.Seconds(work);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
