using System.Text.Json;
using System.Text.Json.Nodes;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Tests.Export;
using FakeNewsOnnx.Train.Model;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>Every form of LoRA that PEFT wrote for <c>tests/Fixtures/variants</c>, on tiny's base.</summary>
internal sealed class LoraVariantTests
{
    private const double Tolerance = 1e-5;

    private static readonly string[] Variants =
    [
        "all_targets_r8", "bias_lora_only", "default_targets", "dora", "no_modules_to_save_seqcls", "rank_alpha_pattern", "regex_targets", "rslora", "three_labels",
    ];

    [TestCaseSource(nameof(Variants))]
    public void TorchSharpAndOnnxRuntime_GivePeftsLogits(string variant) => AssertLogits(variant, "adapter", Batches(variant));

    /// <summary>PEFT's own save loses the biases; a directory that has them gives the logits of the training (single precision is all there is).</summary>
    [Test]
    public void BiasLoraOnly_WithItsBiases_GivesTheLogitsOfTheTraining()
    {
        using JsonDocument expected = Expected("bias_lora_only");
        JsonElement logits = expected.RootElement.GetProperty("logits_when_loading_adapter_with_bias_keys");
        AssertLogits("bias_lora_only", "adapter_with_bias_keys", [.. Batches("bias_lora_only").Select(batch => batch with { PeftLogits = logits.GetProperty(batch.Name).Deserialize<double[][]>()! })]);
    }

    [TestCaseSource(nameof(Variants))]
    public void Resolve_GivesPeftsRanksAndScalings(string variant)
    {
        using JsonDocument expected = Expected(variant);
        var found = new Dictionary<string, double[]>();
        using BaseModel baseModel = BaseModel.Open(Base(variant));
        using AdapterDirectory adapter = AdapterDirectory.Open(PathOf(variant, "adapter"), baseModel.Config);
        foreach (var (module, _, _) in Gpt2Weights.LinearModules(baseModel.Config))
        {
            if (adapter.Config.Resolve($"{module}.weight") is { IsLowRank: true } update)
            {
                found.Add($"base_model.model.transformer.{module}", [update.Rank, update.Scaling]);
            }
        }

        Assert.That(found, Is.EquivalentTo(expected.RootElement.GetProperty("r_alpha_scaling_per_module").EnumerateObject()
            .ToDictionary(module => module.Name, module => (double[])[module.Value[0].GetDouble(), module.Value[2].GetDouble()])));
    }

    [TestCaseSource(nameof(Variants))]
    public void DescribeTrainable_IsPeftsLine(string variant)
    {
        using JsonDocument expected = Expected(variant);
        using BaseModel baseModel = BaseModel.Open(Base(variant));
        using AdapterDirectory adapter = AdapterDirectory.Open(PathOf(variant, "adapter"), baseModel.Config);
        using Gpt2ForSequenceClassification model = Load(baseModel, adapter);

        Assert.That(ModelLoader.DescribeTrainable(model, adapter.Config), Is.EqualTo(expected.RootElement.GetProperty("trainable").GetProperty("printed").GetString()));
        Assert.That(ModelLoader.Trainable(model), Has.Count.EqualTo(expected.RootElement.GetProperty("trainable").GetProperty("trainable_names").GetArrayLength()));
    }

    /// <summary>Loaded and saved again, the weights are PEFT's file byte for byte, and the configuration says the same.</summary>
    [TestCaseSource(nameof(Variants))]
    public void SavedAgain_IsPeftsDirectory(string variant)
    {
        string source = PathOf(variant, variant == "bias_lora_only" ? "adapter_with_bias_keys" : "adapter");
        using var folder = new TemporaryFolder();
        using BaseModel baseModel = BaseModel.Open(Base(variant));
        using AdapterDirectory adapter = AdapterDirectory.Open(source, baseModel.Config);
        using Gpt2ForSequenceClassification model = Load(baseModel, adapter);

        AdapterDirectory.Save(folder.Path, adapter.Config, ModelLoader.ToFloatTensors(model), TestAdapter.Manifest(baseModel), "");

        Assert.That(File.ReadAllBytes(folder.In(AdapterDirectory.WeightsFile)), Is.EqualTo(File.ReadAllBytes(Path.Combine(source, AdapterDirectory.WeightsFile))));
        Assert.That(Configuration(folder.Path), Is.EqualTo(Configuration(source)));
    }

    [Test]
    public void Merge_OfDora_GivesPeftsWeights()
    {
        using BaseModel baseModel = BaseModel.Open(Base("dora")), merged = BaseModel.Open(PathOf("dora", "merged"));
        using AdapterDirectory adapter = AdapterDirectory.Open(PathOf("dora", "adapter"), baseModel.Config);
        var model = new MergedModel(baseModel, adapter);
        foreach (string name in Gpt2Weights.All(baseModel.Config).Select(weight => weight.Name).Append(Gpt2Weights.ScoreWeight))
        {
            Assert.That(model.Read(name), Is.EqualTo(merged.Read(name)).Within(1e-6), name);
        }
    }

    [Test]
    public void BiasLoraOnly_WithoutItsBiases_IsNoted()
    {
        using BaseModel baseModel = BaseModel.Open(Base("bias_lora_only"));
        using AdapterDirectory without = AdapterDirectory.Open(PathOf("bias_lora_only", "adapter"), baseModel.Config);
        using AdapterDirectory with = AdapterDirectory.Open(PathOf("bias_lora_only", "adapter_with_bias_keys"), baseModel.Config);

        Assert.That(without.Notes, Has.One.StartsWith("adapter_model.safetensors: bias is 'lora_only' but no bias is there"));
        Assert.That(with.Notes, Is.Empty);
    }

    private static void AssertLogits(string variant, string directory, IReadOnlyList<ReferenceBatch> batches)
    {
        using BaseModel baseModel = BaseModel.Open(Base(variant));
        using AdapterDirectory adapter = AdapterDirectory.Open(PathOf(variant, directory), baseModel.Config);
        using Gpt2ForSequenceClassification model = Load(baseModel, adapter);
        using var onnx = new OnnxClassifier(ReferenceModel.Export(Base(variant), PathOf(variant, directory), new(((string[])["fake", "real", "satire"])[..adapter.ScoreLabels!.Value])));
        foreach (ReferenceBatch batch in batches)
        {
            float[][] logits = batch.IsRightPadded ? TorchLogits.Run(model, batch) : [];
            for (int row = 0; row < logits.Length; row++)
            {
                Assert.That(logits[row], batch.IsDefined(row) ? Is.EqualTo(batch.PeftLogits[row]).Within(Tolerance) : Has.All.Not.NaN, $"{batch}, row {row}");
            }

            Assert.That(onnx.Difference(batch, batch.PeftLogits), Is.LessThanOrEqualTo(Tolerance), $"ONNX, {batch}");
        }
    }

    /// <summary>PEFT writes its sets in any order and repeats members of modules_to_save.</summary>
    private static string Configuration(string directory)
    {
        JsonObject json = JsonNode.Parse(File.ReadAllText(Path.Combine(directory, LoraConfigFile.FileName)))!.AsObject();
        foreach (string key in (string[])["target_modules", "modules_to_save"])
        {
            if (json[key] is JsonArray set)
            {
                json[key] = string.Join(",", set.Select(name => name!.GetValue<string>()).Order(StringComparer.Ordinal).Distinct());
            }
        }

        return json.ToJsonString();
    }

    private static Gpt2ForSequenceClassification Load(BaseModel baseModel, AdapterDirectory adapter) =>
        ModelLoader.Build(baseModel, adapter.Config, adapter, adapter.ScoreLabels!.Value, baseModel.Config.EffectivePadTokenId);

    private static IReadOnlyList<ReferenceBatch> Batches(string variant) => ReferenceBatch.Load(ReferenceModel.Tiny.PathOf("inputs.json"), PathOf(variant, "expected.json"));

    private static JsonDocument Expected(string variant) => JsonDocument.Parse(File.ReadAllBytes(PathOf(variant, "expected.json")));

    private static string Base(string variant) => ReferenceModel.Tiny.PathOf(variant == "no_modules_to_save_seqcls" ? "base_seqcls" : "base");

    private static string PathOf(string variant, string name) => Repository.PathOf("tests", "Fixtures", "variants", variant, name);
}
