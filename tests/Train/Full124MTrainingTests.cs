using System.Text.Json;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Tests.Parity;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Model;
using FakeNewsOnnx.Train.Recipes;
using FakeNewsOnnx.Train.Training;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Tests.Train;

/// <summary>Training in the real shape of GPT-2.</summary>
[Category("Heavy")]
internal sealed class Full124MTrainingTests
{
    private const int Pad = 50256;

    private readonly TemporaryFolder _folder = new();

    [OneTimeSetUp]
    public void WriteBase() => Full124M.WriteBase(ReferenceModel.Full124M.PathOf(Path.Combine("base", Gpt2Config.FileName)), _folder.Path);

    [OneTimeTearDown]
    public void DeleteFolder() => _folder.Dispose();

    /// <summary>Three steps of PEFT and PyTorch's AdamW on one batch. The reference's own float32 is as far from its float64.</summary>
    [Test]
    public void Step_ThreeTimes_IsTheReferences()
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(ReferenceModel.Full124M.PathOf("train_steps.json")));
        ReferenceBatch batch = ReferenceModel.Full124M.Batches.Single(entry => entry.Name == "pad64");
        int[] labels = [1, 0, 0, 1];
        Example[] examples = [.. batch.InputIds.Select((row, i) => new Example([.. row.Select(id => (int)id)], labels[i], i))];
        using Gpt2ForSequenceClassification model = Build(ScalarType.Float32);
        using var trainer = new Trainer(model, new Recipe { LearningRate = 2e-3, TrainBatchSize = 4, Epochs = 3 }, Pad, examples);
        model.train();
        foreach (JsonElement step in file.RootElement.GetProperty("steps").EnumerateArray())
        {
            StepResult found = trainer.TakeStep([examples]);
            double norm = step.GetProperty("grad_norm").GetDouble();
            TestContext.Out.WriteLine($"step {found.Number}: loss off by {found.Loss - step.GetProperty("loss").GetDouble():G3}, gradient norm by {found.GradientNorm - norm:G3}");
            Assert.That(found.Loss, Is.EqualTo(step.GetProperty("loss").GetDouble()).Within(1e-4));
            Assert.That(found.GradientNorm, Is.EqualTo(norm).Within(1e-4 * Math.Max(1, norm)));
            Assert.That(found.LearningRate, Is.EqualTo(step.GetProperty("lr_used").GetDouble()).Within(1e-12));
            foreach (JsonProperty parameter in step.GetProperty("params_after").EnumerateObject())
            {
                float[] values = trainer.Trainable.Single(entry => parameter.Name.EndsWith(entry.Name, StringComparison.Ordinal)).Value.data<float>().ToArray();
                Assert.That(values[..4], Is.EqualTo(parameter.Value.GetProperty("first4").Deserialize<double[]>()).Within(1e-5), $"{parameter.Name}, step {found.Number}");
                Assert.That(values[^1], Is.EqualTo(parameter.Value.GetProperty("last").GetDouble()).Within(1e-5), $"{parameter.Name}, step {found.Number}");
                Assert.That(Math.Sqrt(values.Sum(value => (double)value * value)), Is.EqualTo(parameter.Value.GetProperty("l2").GetDouble()).Within(1e-5).Percent.Or.EqualTo(parameter.Value.GetProperty("l2").GetDouble()).Within(1e-4), parameter.Name);
            }
        }
    }

    /// <summary>gpt2 at 16 × 1024 must fit a card of 16 GB; what other tests have left in this process counts too.</summary>
    [Test]
    [Platform("Linux", Reason = "reads the peak from /proc")]
    public void Step_OfSixteenFullRows_Checkpointed_StaysBelowSixteenGigabytes()
    {
        const int rows = 16, tokens = 1024;

        Example[] examples = [.. Enumerable.Range(0, rows).Select(row => new Example([.. Enumerable.Range(0, tokens).Select(t => ((t * 7919) + (row * 104_729)) % 50_000)], row % 2, row))];
        using Gpt2ForSequenceClassification model = Build(ScalarType.BFloat16);
        using var trainer = new Trainer(model, new Recipe { TrainBatchSize = rows, Epochs = 2, GradientCheckpointing = true }, Pad, examples);
        model.train();
        GC.Collect();
        File.WriteAllText("/proc/self/clear_refs", "5"); // the peak starts again
        trainer.Step([examples]);
        string line = File.ReadLines("/proc/self/status").Single(entry => entry.StartsWith("VmHWM:", StringComparison.Ordinal));
        double peak = double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) * 1024 / 1e9;
        TestContext.Out.WriteLine($"{rows} × {tokens}: peak {peak:F2} GB");
        Assert.That(peak, Is.LessThanOrEqualTo(16));
    }

    private Gpt2ForSequenceClassification Build(ScalarType frozen)
    {
        using BaseModel baseModel = BaseModel.Open(_folder.Path);
        using AdapterDirectory adapter = AdapterDirectory.Open(ReferenceModel.Full124M.Adapter, baseModel.Config);
        return ModelLoader.Build(baseModel, adapter.Config with { Dropout = 0 }, adapter, 2, Pad, dropout: 0, frozen);
    }
}
