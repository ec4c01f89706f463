using System.Text.Json.Nodes;
using FakeNewsOnnx.Train;

namespace FakeNewsOnnx.Tests.Train;

internal sealed class RecipeTests
{
    [TestCase("""{"learning_rat": 1}""", "learning_rat")]
    [TestCase("""{"r": 0}""", "r must lie between 1 and 65536; found 0.")]
    [TestCase("""{"r": "four"}""", "$.r")]
    [TestCase("""{"labels": null}""", "labels")]
    [TestCase("""{"test_fraction": 0.6, "validation_fraction": 0.5}""", "must leave articles to train on")]
    [TestCase("""{"max_grad_norm": -1}""", "max_grad_norm must be above 0; found -1.")]
    [TestCase("""{"num_train_epochs": 0}""", "num_train_epochs must be at least 1; found 0.")]
    public void Load_RefusesWhatNoRunCanUse(string json, string expected) =>
        Assert.That(() => Recipe.Load(null, JsonNode.Parse(json)!.AsObject()), Throws.TypeOf<InvalidDataException>().With.Message.Contains(expected));

    [Test]
    public void Load_LaysSingleValuesOverTheFile()
    {
        Recipe recipe = Recipe.Load(Repository.PathOf("recipes", "sample.json"), new JsonObject { ["num_train_epochs"] = 1, ["labels"] = new JsonArray("a", "b", "c") });
        Assert.That(recipe.Epochs, Is.EqualTo(1));
        Assert.That(recipe.Labels, Is.EqualTo(new[] { "a", "b", "c" }));
        Assert.That(recipe.IgnoreLabels, Is.EqualTo(new[] { "satire" }));
    }
}
