using System.Globalization;
using System.Text.Json;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.Recipes;
using Microsoft.ML.Data;

namespace FakeNewsOnnx.Tests.Train;

/// <summary>The baseline is scikit-learn's (tests/Fixtures/metrics), as good as it should be on the sample, and repeats.</summary>
internal sealed class TfidfBaselineTests
{
    private static readonly JsonElement Fixture = JsonDocument.Parse(File.ReadAllBytes(Repository.PathOf("tests", "Fixtures", "metrics", "expected.json"))).RootElement;

    private static readonly LabelledArticle[] Sample =
        [.. new LabelledArticles([Repository.PathOf("samples", "horne-adali-2017.csv")], new Recipe { IgnoreLabels = ["satire"] }).Read()];

    [Test]
    public void Vectors_AreScikitLearns()
    {
        JsonElement expected = Fixture.GetProperty("tfidf");
        var (vectorizer, vectors) = TfidfVectorizer.Fit(expected.GetProperty("texts").Deserialize<string[]>()!);
        Assert.That(vectorizer.Terms, Is.EqualTo(expected.GetProperty("terms").GetInt32()));
        float[][] dense = [.. vectors.Append(vectorizer.Transform(expected.GetProperty("unseen").GetString()!)).Select(vector => vector.DenseValues().ToArray())];
        double[][] products = [.. dense.Select(a => dense.Select(b => (double)a.Zip(b, (x, y) => x * y).Sum()).ToArray())];
        Assert.That(products, Is.EqualTo(expected.GetProperty("products").Deserialize<double[][]>()).Within(1e-6));
    }

    [Test]
    public void FiveFolds_AreAsAccurateAsScikitLearn_AndRepeat()
    {
        float[] first = Fold(0), again = Fold(0);
        Assert.That(again, Is.EqualTo(first));
        Assert.That(first, Is.EqualTo(Fixture.GetProperty("sample_fold").Deserialize<float[]>()).Within(1e-3));

        int right = Enumerable.Range(0, 5).Sum(fold => (fold == 0 ? first : Fold(fold)).Zip(Held(fold)).Count(entry => (entry.First > 0.5f ? 1 : 0) == entry.Second.Label));
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{right} of {Sample.Length}: {(double)right / Sample.Length:F4}"));
        Assert.That((double)right / Sample.Length, Is.GreaterThanOrEqualTo(0.84));
    }

    [Test]
    public void ArticlesWithoutACommonWord_AreNotLearntFrom() =>
        Assert.That(TfidfBaseline.TryTrain([new("one", "two"), new("three", "four")], [0, 1], ["fake", "real"]), Is.Null);

    /// <summary>The figures that a recipe is measured against: the accuracy on five hash splits with the sample's recipe.</summary>
    [Test]
    [Explicit("prints figures")]
    public void FiveHashSplits()
    {
        foreach (SplitPart part in (SplitPart[])[SplitPart.Validation, SplitPart.Test])
        {
            double[] accuracies = [.. Enumerable.Range(0, 5).Select(seed => Accuracy(new(0.2, 0.2, seed), part))];
            TestContext.Out.WriteLine($"{part}: {string.Join(' ', accuracies.Select(value => value.ToString("F4", CultureInfo.InvariantCulture)))}, mean {accuracies.Average().ToString("F4", CultureInfo.InvariantCulture)}");
            Assert.That(accuracies, Has.All.GreaterThan(0.6));
        }
    }

    private static double Accuracy(HashSplit split, SplitPart part)
    {
        ILookup<SplitPart, LabelledArticle> parts = Sample.ToLookup(row => split.PartOf(row.Article.Content!));
        TfidfBaseline trained = Train(parts[SplitPart.Train]);
        Predictions predictions = trained.Predict(parts[part].Select(row => row.Article), [.. parts[part].Select(row => row.Label)]);
        return Enumerable.Range(0, predictions.Labels.Count).Average(i => predictions.IsRight(i) ? 1.0 : 0);
    }

    private static float[] Fold(int fold)
    {
        TfidfBaseline trained = Train(Sample.Where((_, i) => i % 5 != fold));
        LabelledArticle[] held = [.. Held(fold)];
        return [.. trained.Predict(held.Select(row => row.Article), [.. held.Select(row => row.Label)]).Probabilities.Select(row => row[1])];
    }

    private static IEnumerable<LabelledArticle> Held(int fold) => Sample.Where((_, i) => i % 5 == fold);

    private static TfidfBaseline Train(IEnumerable<LabelledArticle> rows) =>
        TfidfBaseline.TryTrain(rows.Select(row => row.Article), [.. rows.Select(row => row.Label)], ["fake", "real"])!;
}
