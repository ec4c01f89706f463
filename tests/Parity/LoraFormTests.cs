using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Tests.Export;
using FakeNewsOnnx.Tests.Train;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Model;
using FakeNewsOnnx.Train.Recipes;
using FakeNewsOnnx.Train.Training;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>
/// Forms of LoRA that the reference data lacks, on tiny's base: which weights each one trains, by PEFT's keys, and that what
/// is trained is what is saved, loaded, merged and exported.
/// </summary>
internal sealed class LoraFormTests
{
    private static readonly string[] AttentionModules = ["h.0.attn.c_attn", "h.1.attn.c_attn"];

    private static IEnumerable<TestCaseData> Configurations() => Forms().Select(form => new TestCaseData(form.Lora).SetArgDisplayNames(form.Name));

    private static IEnumerable<TestCaseData> ConfigurationsAndKeys() => Forms().Select(form => new TestCaseData(form.Lora, form.Keys).SetArgDisplayNames(form.Name));

    private static IEnumerable<(string Name, LoraConfig Lora, string[] Keys)> Forms()
    {
        LoraConfig plain = new(2, 8, TargetModules: new(["c_attn"]), ModulesToSave: ["score"]);
        string[] layerNorms = ["h.0.ln_1", "h.0.ln_2", "h.1.ln_1", "h.1.ln_2", "ln_f"];
        string[] otherLinears = ["h.0.attn.c_proj", "h.0.mlp.c_fc", "h.0.mlp.c_proj", "h.1.attn.c_proj", "h.1.mlp.c_fc", "h.1.mlp.c_proj"];
        yield return ("bias all", plain with { Bias = LoraConfig.AllBiases },
            [.. Updates(AttentionModules), .. AttentionModules.Select(m => $"{m}.base_layer.bias"), .. layerNorms.Concat(otherLinears).Select(m => $"{m}.bias")]);
        yield return ("lora_bias", plain with { LoraBias = true },
            [.. Updates(AttentionModules), .. AttentionModules.Select(m => $"{m}.lora_B.bias")]);
        yield return ("lora_bias, bias lora_only, rslora", plain with { LoraBias = true, Bias = LoraConfig.LoraOnlyBiases, UseRslora = true },
            [.. Updates(AttentionModules), .. AttentionModules.SelectMany(m => (string[])[$"{m}.lora_B.bias", $"{m}.base_layer.bias"])]);
        yield return ("dora, rslora, rank_pattern", plain with { UseDora = true, UseRslora = true, RankPattern = new() { ["h.1.*"] = 3 } },
            [.. Updates(AttentionModules), .. AttentionModules.Select(m => $"{m}.lora_magnitude_vector")]);
        yield return ("layers_to_transform", plain with { TargetModules = new(["c_attn", "c_proj"]), LayersToTransform = [1] },
            Updates("h.1.attn.c_attn", "h.1.attn.c_proj", "h.1.mlp.c_proj"));
        yield return ("layers_pattern", plain with { LayersToTransform = [0], LayersPattern = ["h"] }, Updates("h.0.attn.c_attn"));
        yield return ("exclude_modules by name", plain with { TargetModules = new(["c_attn", "c_proj"]), ExcludeModules = new(["mlp.c_proj", "transformer.h.0.attn.c_attn"]) },
            Updates("h.0.attn.c_proj", "h.1.attn.c_attn", "h.1.attn.c_proj"));
        yield return ("exclude_modules by pattern", plain with { TargetModules = new("all-linear"), ExcludeModules = new(@".*\.0\..*") },
            Updates("h.1.attn.c_attn", "h.1.attn.c_proj", "h.1.mlp.c_fc", "h.1.mlp.c_proj"));
        yield return ("all-linear", plain with { TargetModules = new("all-linear") }, Updates([.. AttentionModules, .. otherLinears]));
        yield return ("modules_to_save", plain with { ModulesToSave = ["ln_f", "wte", "h.1.attn.c_attn", "classifier", "score"] },
            [.. Updates("h.0.attn.c_attn"), "h.1.attn.c_attn.weight", "h.1.attn.c_attn.bias", "ln_f.weight", "ln_f.bias", "wte.weight"]);
    }

    [TestCaseSource(nameof(ConfigurationsAndKeys))]
    public void Trained_Saved_Loaded_Merged_GiveOneAnswer(LoraConfig lora, string[] keys)
    {
        using var folder = new TemporaryFolder();
        using BaseModel baseModel = BaseModel.Open(ReferenceModel.Tiny.PathOf("base_seqcls"));
        manual_seed(7);
        using Gpt2ForSequenceClassification trained = ModelLoader.Build(baseModel, lora, null, 2, 299, dropout: 0);
        Disturb(trained);
        AssertTrainsWhatItSaves(trained);
        AdapterDirectory.Save(folder.Path, lora, ModelLoader.ToFloatTensors(trained), TestAdapter.Manifest(baseModel), "");

        using (SafetensorsFile written = SafetensorsFile.Open(folder.In(AdapterDirectory.WeightsFile)))
        {
            Assert.That(written.Tensors.Keys, Is.EquivalentTo(keys.Select(key => $"base_model.model.transformer.{key}").Append("base_model.model.score.weight")));
        }

        using AdapterDirectory adapter = AdapterDirectory.Open(folder.Path, baseModel.Config);
        using Gpt2ForSequenceClassification loaded = ModelLoader.Build(baseModel, adapter.Config, adapter, 2, 299);
        using var onnx = new OnnxClassifier(ReferenceModel.Export(baseModel.Directory, folder.Path));
        foreach (ReferenceBatch batch in ReferenceModel.Tiny.Batches.Where(batch => batch.IsRightPadded))
        {
            float[][] logits = TorchLogits.Run(trained, batch);
            Assert.That(TorchLogits.Run(loaded, batch), Is.EqualTo(logits), $"loaded, {batch}");
            double[][] expected = [.. logits.Select(row => Array.ConvertAll(row, value => (double)value))];
            Assert.That(onnx.Difference(batch, expected), Is.LessThanOrEqualTo(1e-5), $"ONNX, {batch}");
        }
    }

    /// <summary>With frozen weights in bf16, what is trained is kept in single precision and has its gradients.</summary>
    [TestCaseSource(nameof(Configurations))]
    public void InBf16_TrainsWhatItSaves(LoraConfig lora)
    {
        using BaseModel baseModel = BaseModel.Open(ReferenceModel.Tiny.PathOf("base_seqcls"));
        manual_seed(7);
        using Gpt2ForSequenceClassification model = ModelLoader.Build(baseModel, lora, null, 2, 299, dropout: 0, frozen: ScalarType.BFloat16);
        Disturb(model);
        AssertTrainsWhatItSaves(model);
        Assert.That(ModelLoader.Trainable(model).Select(entry => entry.Value.dtype), Is.All.EqualTo(ScalarType.Float32));
    }

    /// <summary>A fresh adapter of any form computes what the base does.</summary>
    [TestCaseSource(nameof(Configurations))]
    public void Fresh_GivesTheBasesLogits(LoraConfig lora)
    {
        using BaseModel baseModel = BaseModel.Open(ReferenceModel.Tiny.PathOf("base_seqcls"));
        using Gpt2ForSequenceClassification fresh = ModelLoader.Build(baseModel, lora, null, 2, 299);
        using Gpt2ForSequenceClassification plain = ModelLoader.Build(baseModel, null, null, 2, 299);
        foreach (ReferenceBatch batch in ReferenceModel.Tiny.Batches.Where(batch => batch.IsRightPadded))
        {
            Assert.That(TorchLogits.Run(fresh, batch), Is.EqualTo(TorchLogits.Run(plain, batch)).Within(2e-6), $"{batch}");
        }
    }

    /// <summary>With dropout on, DoRA's base term sees the dropped input, as in PEFT; without dropout both forms are one.</summary>
    [Test]
    public void Dora_InTraining_DropsTheInputOfBothTerms()
    {
        using var product = new FrozenProduct();
        using LoraLinear linear = LoraLinear.Create(4, 4, new(2, 2, Dropout: 0.5, TargetModules: new(["c_attn"]), UseDora: true), "h.0.attn.c_attn", product);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var parameters = linear.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter);
        parameters["weight"].copy_(eye(4));
        parameters["bias"].zero_();
        parameters["lora_B.weight"].zero_();
        parameters["lora_magnitude_vector"].fill_(3);
        linear.train();

        float[] y = linear.forward(ones(1, 1000, 4)).data<float>().ToArray();

        // y = x + (3 - 1) · dropout(x), where dropout(1) is 0 or 2.
        Assert.That(y.Distinct().Order(), Is.EqualTo(new float[] { 1, 5 }));
        linear.eval();
        Assert.That(linear.forward(ones(1, 1, 4)).data<float>().ToArray(), Is.All.EqualTo(3));
    }

    private static string[] Updates(params string[] modules) => [.. modules.SelectMany(module => (string[])[$"{module}.lora_A.weight", $"{module}.lora_B.weight"])];

    /// <summary>Gives every trainable parameter a value of its own, so that a forgotten one shows.</summary>
    private static void Disturb(Gpt2ForSequenceClassification model)
    {
        using var _ = no_grad();
        foreach (var (_, parameter) in ModelLoader.Trainable(model))
        {
            using var noise = randn_like(parameter) * 0.1;
            parameter.add_(noise);
        }
    }

    /// <summary>Two steps change every parameter that is saved, and no other.</summary>
    private static void AssertTrainsWhatItSaves(Gpt2ForSequenceClassification model)
    {
        var before = model.named_parameters().ToDictionary(entry => entry.name, entry => Values(entry.parameter));
        Example[] batch = [new([5, 9, 200, 31], 0, 0), new([7, 250], 1, 1)];
        using var trainer = new Trainer(model, new Recipe { TrainBatchSize = 2, Epochs = 2 }, 299, batch);
        model.train();
        trainer.Step([batch]);
        trainer.Step([batch]);
        HashSet<string> changed = [.. model.named_parameters().Where(entry => !Values(entry.parameter).SequenceEqual(before[entry.name])).Select(entry => entry.name)];
        HashSet<string> trainable = [.. model.named_parameters().Where(entry => entry.parameter.requires_grad).Select(entry => entry.name)];
        Assert.That(changed, Is.EquivalentTo(trainable));
    }

    private static float[] Values(Tensor parameter)
    {
        using Tensor single = parameter.detach().to_type(ScalarType.Float32);
        return single.data<float>().ToArray();
    }
}
