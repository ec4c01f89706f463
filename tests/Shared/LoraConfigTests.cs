using System.Text.Json.Nodes;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Tests.Parity;

namespace FakeNewsOnnx.Tests.Shared;

/// <summary>What an <c>adapter_config.json</c> may say. Each case changes PEFT's own file in one place.</summary>
internal sealed class LoraConfigTests
{
    private static readonly Gpt2Config Tiny = Gpt2Config.Load(Path.Combine(ReferenceModel.Tiny.Base, Gpt2Config.FileName));

    [TestCase("""{"peft_type": "LOHA"}""", "peft_type must be \"LORA\"; \"LOHA\" is not supported.")]
    [TestCase("""{"task_type": "CAUSAL_LM"}""", "task_type must be \"SEQ_CLS\"; \"CAUSAL_LM\" is not supported.")]
    [TestCase("""{"init_lora_weights": "pissa"}""", "init_lora_weights must be true; \"pissa\" is not supported.")]
    [TestCase("""{"layer_replication": [[0, 2], [1, 2]]}""", "layer_replication must be null; [[0,2],[1,2]] is not supported.")]
    [TestCase("""{"trainable_token_indices": [1]}""", "trainable_token_indices must be null; [1] is not supported.")]
    [TestCase("""{"target_parameters": ["wte.weight"]}""", "target_parameters must be null; [\"wte.weight\"] is not supported.")]
    [TestCase("""{"alora_invocation_tokens": [5]}""", "alora_invocation_tokens must be null; [5] is not supported.")]
    [TestCase("""{"use_qalora": true}""", "use_qalora must be false; true is not supported.")]
    [TestCase("""{"bias": "some"}""", "bias must be none, all or lora_only; found some.")]
    [TestCase("""{"r": 65537}""", "r must lie between 1 and 65536; found 65537.")]
    [TestCase("""{"lora_dropout": 1}""", "lora_dropout must be at least 0 and below 1; found 1.")]
    [TestCase("""{"rank_pattern": {"c_attn": 0}}""", "rank_pattern 'c_attn' must lie between 1 and 65536; found 0.")]
    [TestCase("""{"rank_pattern": {"c_(attn": 2}}""", "rank_pattern must have regular expressions as keys; found c_(attn.")]
    [TestCase("""{"target_modules": "c_(attn"}""", "'c_(attn' is not a regular expression")]
    [TestCase("""{"target_modules": ".*c_attn", "layers_to_transform": [1]}""", "layers_to_transform needs target_modules that are a list; found .*c_attn.")]
    [TestCase("""{"layers_pattern": "h"}""", "layers_pattern needs layers_to_transform; found none.")]
    [TestCase("""{"layers_to_transform": "all"}""", "layers must be whole numbers.")]
    [TestCase("""{"use_dora": true, "lora_bias": true}""", "use_dora and lora_bias don't go together: one of them must be false; found both.")]
    [TestCase("""{"r": null}""", "r")]
    public void Load_RefusesByName(string change, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = Write(folder, change);
        Assert.That(() => LoraConfigFile.Load(path, out _), Throws.TypeOf<InvalidDataException>().With.Message.StartsWith(path).And.Message.Contains(expected));
    }

    [TestCase("""{"init_lora_weights": "gaussian", "revision": "main", "lora_alpha": 16.5, "fan_in_fan_out": false}""", "")]
    [TestCase("""{"use_tomorrow": true, "zeal": 1}""", "use_tomorrow zeal")]
    public void Load_TakesWhatIsNeutral_AndListsWhatItDoesNotKnow(string change, string unknown)
    {
        using var folder = new TemporaryFolder();
        LoraConfigFile.Load(Write(folder, change), out var unknownKeys);
        Assert.That(string.Join(" ", unknownKeys), Is.EqualTo(unknown));
    }

    [TestCase("""{"layers_to_transform": 1}""")]
    [TestCase("""{"layers_to_transform": [1], "layers_pattern": "h"}""")]
    [TestCase("""{"layers_to_transform": [1], "layers_pattern": ["layers", "h"]}""")]
    public void Load_TakesOneLayerForAList(string change)
    {
        using var folder = new TemporaryFolder();
        LoraConfig config = LoraConfigFile.Load(Write(folder, change), out _);
        Assert.That(config.Resolve("h.0.attn.c_attn.weight").IsLowRank, Is.False);
        Assert.That(config.Resolve("h.1.attn.c_attn.weight").IsLowRank, Is.True);
    }

    [TestCase("wte", "they select 'transformer.wte'")]
    [TestCase("score", "they select 'score'")]
    [TestCase("attn", "they select 'transformer.h.0.attn'")]
    [TestCase("q_proj", "select no module of the base.")]
    public void CheckTargets_RefusesWhatCantHaveAnUpdate(string target, string expected)
    {
        var config = new LoraConfig(4, 32, TargetModules: new([target]));
        Assert.That(() => config.CheckTargets(Tiny, "adapter"), Throws.TypeOf<InvalidDataException>().With.Message.StartsWith($"adapter: target_modules '{target}'").And.Message.Contains(expected));
    }

    private static IEnumerable<TestCaseData> Misspelt()
    {
        LoraConfig config = new(4, 32, TargetModules: new(["c_attn"]));
        yield return new(config with { TargetModules = new(["c_attn", "c_prj"]) }, "target_modules 'c_prj'");
        yield return new(config with { ExcludeModules = new(["mpl.c_proj"]) }, "exclude_modules 'mpl.c_proj'");
        yield return new(config with { ModulesToSave = ["classifier", "score", "ln_g"] }, "modules_to_save 'ln_g'");
        yield return new(config with { LayersToTransform = [1, 2] }, "layers_to_transform '2'");
        yield return new(config with { RankPattern = new() { ["c_fc"] = 2 } }, "rank_pattern 'c_fc'");
        yield return new(config with { AlphaPattern = new() { ["h.2.*"] = 2 } }, "alpha_pattern 'h.2.*'");
    }

    [TestCaseSource(nameof(Misspelt))]
    public void CheckNames_RefusesANameThatDoesNothing(LoraConfig config, string expected) =>
        Assert.That(() => config.CheckNames(Tiny, "recipe"), Throws.TypeOf<InvalidDataException>().With.Message.StartsWith($"recipe: {expected} fits no module of the base"));

    /// <summary>The classic of catastrophic backtracking, against a name of 26 letters.</summary>
    [Test]
    public void APatternThatTakesTooLong_IsAnError()
    {
        var config = new LoraConfig(4, 32, TargetModules: new(@"((\w|\.)+)+!"));
        Assert.That(() => config.Resolve("h.0.attn.c_attn.weight"), Throws.TypeOf<InvalidDataException>().With.Message.Contains("takes more than 1 s on the name 'transformer.h.0.attn.c_attn'"));
    }

    [Test]
    public void Save_WritesOutTheTargetsThatPeftWouldChoose()
    {
        using var folder = new TemporaryFolder();
        string path = folder.In(LoraConfigFile.FileName);
        LoraConfigFile.Save(path, new(4, 32, TargetModules: new("all-linear")));
        Assert.That(JsonNode.Parse(File.ReadAllText(path))!["target_modules"]!.ToJsonString(), Is.EqualTo("""["c_attn","c_proj","c_fc"]"""));
    }

    private static string Write(TemporaryFolder folder, string change)
    {
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(ReferenceModel.Tiny.Adapter, LoraConfigFile.FileName)))!.AsObject();
        foreach (var (key, value) in JsonNode.Parse(change)!.AsObject())
        {
            config[key] = value?.DeepClone();
        }

        return folder.Write(LoraConfigFile.FileName, config.ToJsonString());
    }
}
