using FakeNewsOnnx.Train.Audit;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.Recipes;
using FakeNewsOnnx.Train.Report;
using YamlDotNet.Serialization;

namespace FakeNewsOnnx.Tests.Train;

internal sealed class ModelCardTests
{
    private const string Hostile = "a'b\": [x]\n---\u2028| `c` <script>{0}# é😀\u0001.csv";

    private static readonly Dictionary<SplitPart, int> Rows = new() { [SplitPart.Train] = 8, [SplitPart.Validation] = 2, [SplitPart.Test] = 3 };

    [TestCase("gpt2", "gpt2", "articles.csv", null, "articles.csv")]
    [TestCase(Hostile, "a'b\": [x] --- | `c` <script>{0}# é😀 .csv", Hostile, null, "a-b----x-", TestName = "Metadata_IsWhatTheHubReads(hostile names)")]
    [TestCase("openai-community/gpt2", "openai-community/gpt2", "articles.parquet", "owner/news", "owner/news")]
    public void Metadata_IsWhatTheHubReads(string baseModel, string name, string file, string? hubId, string dataset)
    {
        var metadata = (Dictionary<object, object>)new DeserializerBuilder().Build().Deserialize(Metadata(Card(baseModel, file, hubId, null)))!;
        Assert.That(metadata["base_model"], Is.EqualTo(name));
        Assert.That((metadata["library_name"], metadata["pipeline_tag"]), Is.EqualTo(("peft", "text-classification")));
        Assert.That(metadata["tags"], Is.EqualTo(new[] { "lora", "gpt2", "fake-news" }));
        Assert.That(metadata.GetValueOrDefault("datasets"), Is.EqualTo(hubId is null ? null : new[] { hubId }));
        var entry = (Dictionary<object, object>)((List<object>)metadata["model-index"]).Single();
        var result = (Dictionary<object, object>)((List<object>)entry["results"]).Single();
        Assert.That(((Dictionary<object, object>)result["task"])["type"], Is.EqualTo("text-classification"));
        Assert.That(((Dictionary<object, object>)result["dataset"])["type"], Does.StartWith(dataset));
        Assert.That(
            ((List<object>)result["metrics"]).Cast<Dictionary<object, object>>().Select(metric => $"{metric["type"]} {metric["value"]}"),
            Is.EqualTo(new[] { "accuracy 0.666667", "f1 0.666667", "roc_auc 1", "brier_score 0.183635" }));
    }

    [Test]
    public void Text_SaysHowGoodItIsAndWhatItIsNotGoodFor()
    {
        string card = Card("gpt2", "articles.csv", null, new(13, ["\"Reuters\" alone tells real from fake."], []));
        foreach (string heading in (string[])["Task and base", "Data", "Training", "Metrics", "Intended use", "Limits", "How to use it"])
        {
            Assert.That(card, Does.Contain($"\n## {heading}\n"));
        }

        Assert.That(card, Does.Contain("articles.csv (SHA-256 `abc`): 8 articles for train, 2 articles for validation, 3 articles for test."));
        Assert.That(card, Does.Match(@"\| Accuracy \| 0\.6667 \| 0\.\d{4} to 1\.0000 \|"));
        Assert.That(card, Does.Match(@"\| majority class \| 0\.6667 \| .* \| 1 \|"));
        Assert.That(card, Does.Contain("- \"Reuters\" alone tells real from fake."));
        Assert.That(Card("gpt2", "articles.csv", null, null), Does.Contain("was not looked at: `train audit`."));
    }

    [Test]
    public void Text_SaysWhatEndedTheTraining()
    {
        Assert.That(Card("gpt2", "articles.csv", null, null), Does.Contain("learning rate 0.002, 6 epochs, batches of 16"));
        Assert.That(Card("gpt2", "articles.csv", null, null, new() { MaxSteps = 10 }), Does.Contain("learning rate 0.002, 10 steps, batches of 16"));
    }

    [Test]
    public void HostileNames_StayOnOneLineAndAreEscaped()
    {
        string card = Card(Hostile, Hostile, null, null);
        Assert.That(card[(card.IndexOf("\n---\n", 4, StringComparison.Ordinal) + 5)..], Does.Contain("\\| \\`c\\` \\<script\\>\\{0\\}\\# ").And.Not.Contain(" <script>"));
    }

    private static string Metadata(string card) => card.Split("---\n") is ["", var metadata, ..] ? metadata : throw new AssertionException(card);

    private static string Card(string baseModel, string file, string? hubId, AuditReport? audit, Recipe? recipe = null)
    {
        MetricsReport report = Measurement.Report($"{file}, test", ["fake", "real"], [0, 1, 1], [[2, 0], [1, 0], [0, 3]], 1);
        var manifest = new Manifest
        {
            Version = 1,
            Labels = ["fake", "real"],
            PadTokenId = 50256,
            Pooling = Manifest.RightmostNonPad,
            MaxTokens = 64,
            TextFormat = Article.TextFormat,
            Temperature = 1,
            BaseModel = baseModel,
            BaseModelSha256 = "def",
            TrainingDataSha256 = "abc",
        };
        return ModelCard.Write(manifest, new() { Test = report }, recipe ?? new(), new(file, hubId, Rows), audit);
    }
}
