using System.Text.Json;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Tests.Parity;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Model;
using FakeNewsOnnx.Train.Recipes;
using FakeNewsOnnx.Train.Training;
using TorchSharp;

namespace FakeNewsOnnx.Tests.Train;

/// <summary>The trainer against every step of Transformers' Trainer, without dropout.</summary>
internal sealed class TrainerTests
{
    private const double Tolerance = 1e-5;

    private static readonly string Fixtures = Repository.PathOf("tests", "Fixtures", "train");

    /// <summary>
    /// Both start from a stored adapter: one with B = 0, as PEFT starts, one with B ≠ 0, where A has gradients from the first step.
    /// Parts of at most 16 tokens and gradient checkpointing change nothing but time and memory.
    /// </summary>
    [TestCase("b_zero_start", null, false)]
    [TestCase("nonzero_start", null, false)]
    [TestCase("nonzero_start", 16, false)]
    [TestCase("nonzero_start", null, true)]
    public void Step_TwelveTimes_IsTransformersTrainer(string start, int? maxBatchTokens, bool checkpointing) => AssertSteps(start, maxBatchTokens, checkpointing, torch.CPU, 12);

    /// <summary>The first steps of a trajectory, and after its end the logits.</summary>
    internal static void AssertSteps(string start, int? maxBatchTokens, bool checkpointing, torch.Device device, int steps)
    {
        using JsonDocument data = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures, "data.json")));
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures, start, "expected.json")));
        using SafetensorsFile parameters = SafetensorsFile.Open(Path.Combine(Fixtures, start, "params_after_each_step.safetensors"));
        Example[] examples = [.. data.RootElement.GetProperty("examples").EnumerateArray().Select((example, i) => new Example(
            example.GetProperty("input_ids").Deserialize<int[]>()!, example.GetProperty("label").GetInt32(), i))];

        var recipe = new Recipe { LearningRate = 2e-3, WeightDecay = 0.01, MaxGradNorm = 1, TrainBatchSize = 4, Epochs = 3, MaxBatchTokens = maxBatchTokens, GradientCheckpointing = checkpointing };
        using BaseModel baseModel = BaseModel.Open(ReferenceModel.Tiny.Base);
        using AdapterDirectory adapter = AdapterDirectory.Open(Path.Combine(Fixtures, start, "start_adapter"), baseModel.Config);
        using Gpt2ForSequenceClassification model = ModelLoader.Build(baseModel, adapter.Config with { Dropout = 0 }, adapter, 2, 299, dropout: 0).to(device);
        using var trainer = new Trainer(model, recipe, 299, examples);
        model.train();
        foreach (JsonElement step in expected.RootElement.GetProperty("steps").EnumerateArray().Take(steps))
        {
            int number = step.GetProperty("step").GetInt32();
            StepResult found = trainer.TakeStep([[.. step.GetProperty("indices").EnumerateArray().Select(i => examples[i.GetInt32()])]]);
            double norm = step.GetProperty("grad_norm_f64").GetDouble();
            Assert.Multiple(() =>
            {
                Assert.That(found.Number, Is.EqualTo(number));
                Assert.That(found.Loss, Is.EqualTo(step.GetProperty("loss_f64").GetDouble()).Within(Tolerance), $"loss, step {number}");
                Assert.That(found.GradientNorm, Is.EqualTo(norm).Within(Tolerance * Math.Max(1, norm)), $"gradient norm, step {number}");
                Assert.That(found.LearningRate, Is.EqualTo(step.GetProperty("lr_used").GetDouble()).Within(1e-12), $"learning rate, step {number}");
            });
            foreach (FloatTensor parameter in ModelLoader.ToFloatTensors(model))
            {
                string suffix = parameter.Name == Gpt2Weights.ScoreWeight ? parameter.Name : Gpt2Weights.TransformerPrefix + parameter.Name;
                string key = parameters.Tensors.Keys.Single(name => name.Contains($"step{number:D2}", StringComparison.Ordinal) && name.EndsWith(suffix, StringComparison.Ordinal));
                float[] values = parameters.ReadFloats(key);
                Assert.That(Differences.Largest(values, parameter.Read().ToArray()), Is.LessThanOrEqualTo(Tolerance), $"{key}");
            }
        }

        if (trainer.StepsDone < trainer.TotalSteps)
        {
            return;
        }

        foreach (JsonProperty logits in expected.RootElement.GetProperty("final_eval_logits_f64").EnumerateObject())
        {
            double[][] rows = logits.Value.Deserialize<double[][]>()!;
            float[][] found = TorchLogits.Run(model, ReferenceModel.Tiny.Batches.Single(batch => batch.Name == logits.Name));
            Assert.That(Differences.Largest(rows.SelectMany(row => row), found.SelectMany(row => row.Select(logit => (double)logit))), Is.LessThanOrEqualTo(Tolerance), logits.Name);
        }
    }
}
