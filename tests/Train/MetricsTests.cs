using System.Text.Json;
using FakeNewsOnnx.Train.Evaluation;

namespace FakeNewsOnnx.Tests.Train;

/// <summary>Metrics, intervals, temperatures and p-values are those of scikit-learn, SciPy and NumPy (tests/Fixtures/metrics).</summary>
internal sealed class MetricsTests
{
    private const double Tolerance = 1e-9;

    private static readonly JsonElement Fixture = JsonDocument.Parse(File.ReadAllBytes(Repository.PathOf("tests", "Fixtures", "metrics", "expected.json"))).RootElement;

    private static IEnumerable<TestCaseData<JsonElement>> Cases =>
        Fixture.GetProperty("cases").EnumerateArray().Select(entry => new TestCaseData<JsonElement>(entry) { TestName = $"Measure_GivesScikitLearnsValues({entry.GetProperty("name")})" });

    [TestCaseSource(nameof(Cases))]
    public void Measure_GivesScikitLearnsValues(JsonElement expected)
    {
        Predictions predictions = Read(expected);
        ClassificationMetrics measured = Measurement.Measure(predictions);
        JsonElement scores = expected.GetProperty("scores");
        bool hasIntervals = expected.TryGetProperty("intervals", out JsonElement intervals);
        foreach (var (name, estimates) in Named(measured))
        {
            double?[] values = scores.GetProperty(name) is { ValueKind: JsonValueKind.Array } array ? [.. array.EnumerateArray().Select(Number)] : [Number(scores.GetProperty(name))];
            Assert.That(estimates.Select(estimate => estimate?.Value), Is.EqualTo(values).Within(Tolerance), name);
            if (hasIntervals)
            {
                double[][] ends = intervals.GetProperty(name).Deserialize<JsonElement>() is var found && found[0].ValueKind == JsonValueKind.Array ? found.Deserialize<double[][]>()! : [found.Deserialize<double[]>()!];
                Assert.That(estimates.Select(estimate => estimate!.Low), Is.EqualTo(ends.Select(end => end[0])).Within(Tolerance), $"{name}, low");
                Assert.That(estimates.Select(estimate => estimate!.High), Is.EqualTo(ends.Select(end => end[1])).Within(Tolerance), $"{name}, high");
            }
        }

        Assert.That(measured.Rows, Is.EqualTo(predictions.Labels.Count));
        Assert.That(measured.ConfusionMatrix, Is.EqualTo(expected.GetProperty("confusion").Deserialize<int[][]>()));
        JsonElement[] curves = expected.TryGetProperty("roc", out JsonElement roc) ? [.. roc.EnumerateArray()] : [];
        Assert.That(measured.Roc, Has.Count.EqualTo(curves.Length));
        foreach (var (curve, reference) in measured.Roc.Zip(curves))
        {
            Assert.That(curve.FalsePositiveRate, Is.EqualTo(reference.GetProperty("fpr").Deserialize<double[]>()).Within(Tolerance), curve.Label);
            Assert.That(curve.TruePositiveRate, Is.EqualTo(reference.GetProperty("tpr").Deserialize<double[]>()).Within(Tolerance), curve.Label);
        }
    }

    [Test]
    public void Reliability_HoldsEveryArticleOnceAndAddsUpToTheCalibrationError()
    {
        foreach (JsonElement entry in Fixture.GetProperty("cases").EnumerateArray())
        {
            ClassificationMetrics measured = Measurement.Measure(Read(entry));
            Assert.That(measured.Reliability, Has.Count.EqualTo(15));
            Assert.That(measured.Reliability.Sum(bin => bin.Count), Is.EqualTo(measured.Rows));
            Assert.That(
                measured.Reliability.Sum(bin => bin.Count * Math.Abs(bin.Accuracy - bin.Confidence)) / measured.Rows,
                Is.EqualTo(measured.ExpectedCalibrationError.Value).Within(Tolerance));
        }
    }

    [TestCase(1, 14)]
    [TestCase(0.6, 8)]
    [TestCase(0.6000001, 9)]
    [TestCase(0, 0)]
    public void Bin_IncludesItsUpperEndOnly(double probability, int bin) => Assert.That(WeightedScores.BinOf(probability), Is.EqualTo(bin));

    [Test]
    public void Roc_OfManyArticles_KeepsItsShapeInFewPoints()
    {
        var random = new Random(3);
        int[] labels = [.. Enumerable.Range(0, 20_000).Select(_ => random.Next(2))];
        float[][] rows = [.. labels.Select(label => (float)((random.NextDouble() + (0.3 * label)) / 1.3)).Select(p => new[] { 1 - p, p })];
        ClassificationMetrics measured = Measurement.Measure(new(["fake", "real"], labels, rows));
        RocCurve curve = measured.Roc.Single();
        Assert.That(curve.FalsePositiveRate, Has.Count.EqualTo(500));
        Assert.That((curve.FalsePositiveRate[0], curve.TruePositiveRate[0], curve.FalsePositiveRate[^1], curve.TruePositiveRate[^1]), Is.EqualTo((0.0, 0.0, 1.0, 1.0)));
        double area = Enumerable.Range(1, 499).Sum(i => (curve.FalsePositiveRate[i] - curve.FalsePositiveRate[i - 1]) * (curve.TruePositiveRate[i] + curve.TruePositiveRate[i - 1]) / 2);
        Assert.That(area, Is.EqualTo(measured.RocAuc!.Value).Within(2e-3));
    }

    [Test]
    public void Temperature_IsWhereTheLogLossIsLowest()
    {
        foreach (JsonElement entry in Fixture.GetProperty("temperature").EnumerateArray())
        {
            double expected = entry.GetProperty("temperature").GetDouble();
            Assert.That(TemperatureScaling.Fit(entry.GetProperty("logits").Deserialize<float[][]>()!, entry.GetProperty("y").Deserialize<int[]>()!), Is.EqualTo(expected).Within(1e-4 * expected));
        }
    }

    [Test]
    public void Temperature_OfArticlesThatAreAllRight_StaysOne() => Assert.That(TemperatureScaling.Fit([[2, 0], [0, 1]], [0, 1]), Is.EqualTo(1));

    [Test]
    public void Temperature_OfArticlesThatAreAllWrong_StopsAtItsBound() => Assert.That(TemperatureScaling.Fit([[2, 0], [0, 1]], [1, 0]), Is.EqualTo(20).Within(1e-9));

    [Test]
    public void McNemar_GivesTheExactPValue()
    {
        foreach (double[] entry in Fixture.GetProperty("mcnemar").Deserialize<double[][]>()!)
        {
            Assert.That(McNemar.PValue((int)entry[0], (int)entry[1]), Is.EqualTo(entry[2]).Within(1e-9 * entry[2]), $"{entry[0]} to {entry[1]}");
        }
    }

    [Test]
    public void McNemar_CountsArticlesThatOneClassifierAloneGetsRight()
    {
        int[] labels = [0, 0, 1, 1, 1];
        McNemarTest test = McNemar.Test(Answering(0, 0, 1, 0, 1), Answering(1, 1, 1, 1, 1));
        Assert.That((test.OnlyFirstRight, test.OnlySecondRight, test.PValue), Is.EqualTo((2, 1, 1.0)));

        Predictions Answering(params int[] answers) => new(["fake", "real"], labels, [.. answers.Select(answer => answer == 0 ? new[] { 0.9f, 0.1f } : [0.1f, 0.9f])]);
    }

    private static Predictions Read(JsonElement entry)
    {
        float[][] rows = entry.GetProperty("p").Deserialize<float[][]>()!;
        return new([.. rows[0].Select((_, id) => $"label {id}")], entry.GetProperty("y").Deserialize<int[]>()!, rows);
    }

    private static IEnumerable<(string Name, Estimate?[] Estimates)> Named(ClassificationMetrics measured) =>
    [
        ("accuracy", [measured.Accuracy]),
        ("precision", [.. measured.Labels.Select(label => label.Precision)]),
        ("recall", [.. measured.Labels.Select(label => label.Recall)]),
        ("f1", [.. measured.Labels.Select(label => label.F1)]),
        ("macro_f1", [measured.MacroF1]),
        ("weighted_f1", [measured.WeightedF1]),
        ("roc_auc", [measured.RocAuc]),
        ("pr_auc", [measured.PrAuc]),
        ("log_loss", [measured.LogLoss]),
        ("brier", [measured.Brier]),
        ("expected_calibration_error", [measured.ExpectedCalibrationError]),
    ];

    private static double? Number(JsonElement element) => element.ValueKind == JsonValueKind.Null ? null : element.GetDouble();
}
