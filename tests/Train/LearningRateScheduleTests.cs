using FakeNewsOnnx.Train.Recipes;
using FakeNewsOnnx.Train.Training;

namespace FakeNewsOnnx.Tests.Train;

/// <summary>Literals of Transformers' get_*_schedule functions for ten steps at a rate of 1.</summary>
internal sealed class LearningRateScheduleTests
{
    [TestCase("linear", 0, 0, new[] { 1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1 })]
    [TestCase("linear", 2, 0, new[] { 0, 0.5, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125 })]
    [TestCase("linear", 0, 0.15, new[] { 0, 0.5, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125 })]
    [TestCase("cosine", 0, 0, new[] { 1, 0.97552826, 0.9045085, 0.79389263, 0.65450850, 0.5, 0.34549150, 0.20610737, 0.0954915, 0.02447174 })]
    [TestCase("cosine", 5, 0, new[] { 0, 0.2, 0.4, 0.6, 0.8, 1, 0.9045085, 0.65450850, 0.34549150, 0.0954915 })]
    [TestCase("constant", 0, 0, new[] { 1.0, 1, 1, 1, 1, 1, 1, 1, 1, 1 })]
    [TestCase("constant_with_warmup", 4, 0, new[] { 0, 0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1 })]
    public void At_IsTransformers(string type, int warmupSteps, double warmupRatio, double[] expected)
    {
        Recipe recipe = Recipe.Load(null, new() { ["lr_scheduler_type"] = type, ["warmup_steps"] = warmupSteps, ["warmup_ratio"] = warmupRatio, ["learning_rate"] = 1 });
        var schedule = new LearningRateSchedule(recipe, 10);
        Assert.That(Enumerable.Range(0, 10).Select(schedule.At), Is.EqualTo(expected).Within(1e-8));
    }
}
