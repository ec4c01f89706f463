using FakeNewsOnnx.Train.Audit;
using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.Report;
using FakeNewsOnnx.Train.Training;

namespace FakeNewsOnnx.Tests.Report;

/// <summary>A report with every section. Every text that comes from outside holds markup that would run a script, or leave its place.</summary>
internal static class SampleReport
{
    public const string Script = "<script>window.pwned = true</script>";
    public const string Image = "\"'><img src=x onerror=\"window.pwned = true\">";

    private static readonly string[] Labels = [$"fake{Script}", $"real{Image}"];

    public static ReportData Full { get; } = new()
    {
        Title = $"gpt2-mini, fine-tuned on articles{Script}.csv",
        Labels = Labels,
        Articles = [("to train on", 154), ("held out", 52)],
        Measured = Measure($"articles{Script}.csv, test", .788) with
        {
            Temperature = 1.43,
            Uncalibrated = Metrics(.788, calibrationError: .12),
            ComparedWith =
            [
                new("majority class", Metrics(.577, calibrationError: .08), new(19, 8, .052)),
                new("TF-IDF + logistic regression", Metrics(.808, calibrationError: .1), new(6, 7, 1)),
                new("base model", Metrics(.538, calibrationError: .2), new(21, 8, .0004)),
            ],
        },
        InDomain = Measure("home.csv, test", .85),
        Training = new()
        {
            MaxSteps = 40,
            Epochs = 4,
            TrainBatchSize = 8,
            BestStep = 30,
            History = [.. Enumerable.Range(1, 4).SelectMany(epoch => (LogEntry[])[
                new() { Epoch = epoch, Step = 10 * epoch, Loss = .7 / epoch, LearningRate = 1e-3 * (4 - epoch) / 4, GradientNorm = 1 },
                new() { Epoch = epoch, Step = 10 * epoch, EvalLoss = epoch == 4 ? .51 : .7 - (.09 * epoch), EvalAccuracy = .5 + (.07 * epoch) }])],
        },
        Lengths = new(1024, 23, [
            new("train", [.. Enumerable.Range(0, 154).Select(i => (i % 2, Math.Min(1024, 60 + (i * i % 1300))))]),
            new("test", [.. Enumerable.Range(0, 52).Select(i => (i % 2, 200 + (9 * i)))])]),
        Audit = new(
            256,
            [$"The word {Script} gives the label away.", "Do not trust a high score on this data."],
            [
                new("label_words", Severity.Serious, $"Words that reveal the label {Image}", "In 54 % of the real and 8 % of the fake articles.", [$"Word{Image}", "Real", "Fake"], [["Reuters", "98 %", "1 %"], [Script, "3 %", "40 %"]]),
                new("near_duplicates", Severity.Warning, "Near duplicates", "Two pairs.", ["First", "Second"], [["line 2", "line 9"]]),
                new("lengths", Severity.Note, "Lengths are alike", "Median 554 and 560 tokens.", [], []),
            ]),
        Sample = [.. Enumerable.Range(0, 20).Select(i => Read(i + 2, i % 2, i % 3 == 0 ? .91f : .12f))],
        Mistakes = [Read(2, 1, .97f), Read(70, 0, .03f)],
        Recipe = new() { Labels = Labels, SampleRows = 20 },
        Hashes = [("training data", new string('a', 64)), ("base model", new string('b', 64)), ("tokenizer", new string('c', 64)), ("adapter", new string('d', 64))],
        Timings = [new("reading", 1.25, 256), new("training", 101, 616), new("evaluation", 4, 104)],
        Machine = [("CPU", "A processor"), ("Processors", "2"), ("System", $"An operating system{Script}"), ("TorchSharp", "0.107.0")],
    };

    /// <summary>A report of a run that has measured nothing.</summary>
    public static ReportData Bare { get; } = new() { Title = "gpt2-mini", Labels = ["fake", "real"] };

    public static ClassificationMetrics Metrics(double accuracy, double calibrationError) => new()
    {
        Rows = 52,
        Accuracy = About(accuracy),
        Labels = [new(Labels[0], 22, About(.75), About(.7), About(.72)), new(Labels[1], 30, About(.8), About(.85), About(.82))],
        MacroF1 = About(accuracy - .01),
        WeightedF1 = About(accuracy),
        RocAuc = About(accuracy + .05),
        PrAuc = About(accuracy + .03),
        LogLoss = About(.49),
        Brier = About(.16),
        ExpectedCalibrationError = About(calibrationError),
        ConfusionMatrix = [[15, 7], [4, 26]],
        Reliability = [new(.5, .6, 10, .55, .55 - calibrationError), new(.6, .7, 0, 0, 0), new(.7, .8, 20, .76, .76 - calibrationError), new(.9, 1, 22, .95, .95 - calibrationError)],
        Roc = [new(Labels[1], [0, 0, .2, .5, 1], [0, .4, .7, .9, 1])],
    };

    private static MetricsReport Measure(string data, double accuracy) => new() { Data = data, Model = Metrics(accuracy, .05), Temperature = 1 };

    private static Estimate About(double value) => new(value, value - .1, value + .1);

    private static ReportArticle Read(int line, int label, float real) => new(
        Place: line,
        File: line % 2 == 0 ? null : $"articles{Script}.csv",
        line,
        new($"Headline {line} {Script}", $"The first sentence {Script}. The second {Image}. The third."),
        label,
        [1 - real, real],
        [
            new($"Headline {line} {Script}", IsTitle: true, .3f),
            new($"The first sentence {Script}. ", IsTitle: false, .12f),
            new($"The second {Image}. ", IsTitle: false, -.06f),
            new("The third.", IsTitle: false, null),
        ]);
}
