using System.CommandLine;
using System.Text.Json.Nodes;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Train.Commands;
using FakeNewsOnnx.Train.Recipes;

namespace FakeNewsOnnx.Tests.Train;

internal sealed class RecipeTests
{
    [TestCase("""{"learning_rat": 1}""", "learning_rat")]
    [TestCase("""{"r": 0}""", "r must lie between 1 and 65536; found 0.")]
    [TestCase("""{"r": "four"}""", "$.r")]
    [TestCase("""{"labels": null}""", "labels")]
    [TestCase("""{"labels": ["fake"]}""", "recipe: labels: a classifier needs at least two labels; found 1.")]
    [TestCase("""{"labels": ["fake", "fake"]}""", "recipe: labels: label 'fake' is named twice.")]
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

    [Test]
    public void TheCommandLine_HasPeftsOptions()
    {
        LoraConfig lora = Resolve(
            "--r", "8", "--target-modules", "c_attn, mlp.c_proj", "--exclude-modules", @".*\.0\..*", "--layers-to-transform", "1,3", "--rank-pattern", "c_attn=2,h.3.mlp.c_proj=16",
            "--alpha-pattern", "c_attn=1.5", "--use-rslora", "--use-dora", "false", "--lora-bias", "--bias", "lora_only", "--modules-to-save", "ln_f").ToLoraConfig("gpt2");
        Assert.That(lora.Rank, Is.EqualTo(8));
        Assert.That(lora.TargetModules!.Suffixes, Is.EqualTo(new[] { "c_attn", "mlp.c_proj" }));
        Assert.That(lora.ExcludeModules!.Pattern, Is.EqualTo(@".*\.0\..*"));
        Assert.That(lora.LayersToTransform, Is.EqualTo(new[] { 1, 3 }));
        Assert.That(lora.RankPattern, Is.EqualTo(new OrderedDictionary<string, int> { ["c_attn"] = 2, ["h.3.mlp.c_proj"] = 16 }));
        Assert.That(lora.AlphaPattern, Is.EqualTo(new OrderedDictionary<string, double> { ["c_attn"] = 1.5 }));
        Assert.That((lora.UseRslora, lora.UseDora, lora.LoraBias, lora.Bias), Is.EqualTo((true, false, true, "lora_only")));
        Assert.That(lora.ModulesToSave, Is.EqualTo(new[] { "ln_f", "classifier", "score" }));
        Assert.That(lora.BaseModel, Is.EqualTo("gpt2"));
        Assert.That(Resolve("--target-modules", "all-linear").TargetModules.Pattern, Is.EqualTo("all-linear"));
    }

    [TestCase("--rank-pattern", "c_attn", "--rank-pattern: expected NAME=NUMBER,…; found 'c_attn'.")]
    [TestCase("--rank-pattern", "c_attn=two", "--rank-pattern: expected a whole number; found 'two'.")]
    [TestCase("--use-dora", "maybe", "--use-dora: expected true or false; found 'maybe'.")]
    [TestCase("--layers-to-transform", "1,last", "--layers-to-transform: expected a whole number; found 'last'.")]
    public void TheCommandLine_RefusesOtherTypes(string option, string value, string expected) =>
        Assert.That(() => Resolve(option, value), Throws.TypeOf<UsageException>().With.Message.EqualTo(expected));

    [Test]
    public void TheCommandLine_RefusesANumberThatIsTooLarge() =>
        Assert.That(() => Resolve("--learning-rate", "1e999"), Throws.TypeOf<InvalidDataException>().With.Message.EqualTo("recipe: learning_rate must be above 0 and below 1000; found Infinity."));

    private static Recipe Resolve(params string[] arguments)
    {
        var command = new RootCommand();
        var options = new RecipeOptions(command);
        return options.Resolve(command.Parse(arguments));
    }

    [TestCase("""{"lr_scheduler_type": "polynomial"}""", "lr_scheduler_type")]
    [TestCase("""{"lr_scheduler_type": 1}""", "lr_scheduler_type")]
    [TestCase("""{"lr_scheduler_type": "constant", "warmup_steps": 3}""", "constant_with_warmup")]
    [TestCase("""{"class_weights": "1,2,3"}""", "class_weights must be 'balanced' or one finite number above 0 for each label; found 1,2,3.")]
    [TestCase("""{"eval_strategy": "no"}""", "eval_strategy must be epoch or steps")]
    [TestCase("""{"map_labels": [null]}""", "map_labels: a list must have no null in it.")]
    [TestCase("""{"max_steps": 0}""", "max_steps must be at least 1; found 0.")]
    [TestCase("""{"learning_rate": 1000}""", "learning_rate must be above 0 and below 1000; found 1000.")]
    [TestCase("""{"max_grad_norm": 1e999}""", "max_grad_norm must be finite; found Infinity.")]
    [TestCase("""{"early_stopping_threshold": 1e999}""", "early_stopping_threshold must be finite; found Infinity.")]
    [TestCase("""{"max_batch_tokens": 0}""", "max_batch_tokens must be at least 1; found 0.")]
    public void Load_RefusesTrainingSettingsThatNoRunCanUse(string json, string expected) => Load_RefusesWhatNoRunCanUse(json, expected);

    [Test]
    public void Load_KnowsTheRecipesThatShip() =>
        Assert.That(ShippedRecipes.Names.Select(name => Recipe.Load(name, []).Precision), Is.EqualTo(new[] { Precision.Bf16, Precision.Fp32, Precision.Auto }));

    [Test]
    public void Load_OfNoSuchRecipe_NamesThoseThatShip() =>
        Assert.That(() => Recipe.Load("slow", []), Throws.TypeOf<FileNotFoundException>().With.Message.EqualTo("slow: no such recipe; expected a file or one of fast, notebook, sample."));

    /// <summary>What <see cref="Recipe.ToUtf8Json"/> saves is a recipe again, the same one.</summary>
    [Test]
    public void ToUtf8Json_IsReadBack()
    {
        using var folder = new TemporaryFolder();
        byte[] json = Recipe.Load("fast", new() { ["class_weights"] = "balanced", ["save_strategy"] = "steps" }).ToUtf8Json();
        Assert.That(Recipe.Load(folder.Write("recipe.json", System.Text.Encoding.UTF8.GetString(json)), []).ToUtf8Json(), Is.EqualTo(json));
    }

    [Test]
    public void TheSchema_DescribesEverySetting() => Assert.That(File.ReadAllBytes(SchemaPath), Is.EqualTo(RecipeSchema.ToUtf8Json()), "write it with the explicit test WriteSchema");

    [Test]
    [Explicit("writes recipes/recipe.schema.json")]
    public void WriteSchema() => File.WriteAllBytes(SchemaPath, RecipeSchema.ToUtf8Json());

    private static string SchemaPath => Repository.PathOf("recipes", "recipe.schema.json");
}
