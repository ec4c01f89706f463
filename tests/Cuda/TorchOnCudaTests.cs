using System.Diagnostics;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Tests.Parity;
using FakeNewsOnnx.Tests.Train;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Model;
using FakeNewsOnnx.Train.Recipes;
using FakeNewsOnnx.Train.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Tests.Cuda;

/// <summary>Training on a GPU, against the CPU and Transformers.</summary>
[Category(CudaTests.Category)]
internal sealed class TorchOnCudaTests
{
    private const int Pad = 50256;

    [OneTimeSetUp]
    public void RequireCuda() => CudaTests.RequireTorch();

    [Test]
    public void Logits_AreTransformers([Values("tiny", "small")] string name)
    {
        var reference = new ReferenceModel(name);
        using BaseModel baseModel = BaseModel.Open(reference.Base);
        using AdapterDirectory adapter = AdapterDirectory.Open(reference.Adapter, baseModel.Config);
        using Gpt2ForSequenceClassification model = ModelLoader.Build(baseModel, adapter.Config, adapter, 2, baseModel.Config.EffectivePadTokenId).to(CUDA);
        foreach (ReferenceBatch batch in reference.Batches)
        {
            float[][] found = TorchLogits.Run(model, batch);
            foreach (int row in Enumerable.Range(0, found.Length).Where(batch.IsDefined))
            {
                Assert.That(found[row], Is.EqualTo(batch.PeftLogits[row]).Within(1e-5 * Math.Max(1, batch.PeftLogits[row].Max(Math.Abs))), $"{batch.Name}, row {row}");
            }
        }
    }

    [TestCase("b_zero_start", false)]
    [TestCase("nonzero_start", false)]
    [TestCase("nonzero_start", true)]
    public void Step_ThreeTimes_IsTransformersTrainer(string start, bool checkpointing) => TrainerTests.AssertSteps(start, null, checkpointing, CUDA, 3);

    /// <summary>With work for seconds in the GPU's queue, steps return before it is done; reading them waits for it.</summary>
    [Test]
    public void Step_DoesNotWaitForTheGpu()
    {
        Example[] examples = Examples(rows: 4, tokens: 128);
        using BaseModel baseModel = BaseModel.Open(Repository.PathOf("models", "gpt2-mini"));
        var recipe = new Recipe { TrainBatchSize = 4 };
        using Gpt2ForSequenceClassification model = ModelLoader.Build(baseModel, recipe.ToLoraConfig(null), null, 2, Pad, 0.1).to(CUDA);
        using var trainer = new Trainer(model, recipe, Pad, examples);
        model.train();
        trainer.TakeStep([examples]); // libraries are loaded and memory is taken by now
        trainer.TakeStep([examples]);
        using var scope = NewDisposeScope();
        Tensor matrix = randn(8192, 8192, device: CUDA), product = matmul(matrix, matrix);
        product.sum().item<float>();

        var clock = Stopwatch.StartNew();
        for (int i = 0; i < 200; i++)
        {
            product = matmul(matrix, matrix);
        }

        trainer.Step([examples]);
        trainer.Step([examples]);
        TimeSpan taken = clock.Elapsed;
        Assert.That(trainer.ReadSteps(), Has.Count.EqualTo(2));
        Assert.That(taken, Is.LessThan(clock.Elapsed / 2), $"steps took {taken}, with their results {clock.Elapsed}");
    }

    /// <summary>gpt2 on a card of 16 GB.</summary>
    [Test]
    public void Step_OfSixteenFullRows_Checkpointed_StaysBelowSixteenGigabytes()
    {
        using var folder = new TemporaryFolder();
        Full124M.WriteBase(ReferenceModel.Full124M.PathOf(Path.Combine("base", Gpt2Config.FileName)), folder.Path);
        using BaseModel baseModel = BaseModel.Open(folder.Path);
        Example[] examples = Examples(rows: 16, tokens: 1024);
        var recipe = new Recipe { TrainBatchSize = 16, GradientCheckpointing = true };
        using Gpt2ForSequenceClassification model = ModelLoader.Build(baseModel, recipe.ToLoraConfig("gpt2"), null, 2, Pad, 0.1).to(CUDA);
        using var trainer = new Trainer(model, recipe, Pad, examples);
        model.train();
        trainer.TakeStep([examples]);
        trainer.TakeStep([examples]);

        double gigabytes = NvidiaSmi.UsedMegabytes(Environment.ProcessId) * 1024 * 1024 / 1e9;

        TestContext.Out.WriteLine($"{gigabytes:F2} GB");
        Assert.That(gigabytes, Is.InRange(0.5, 16));
    }

    private static Example[] Examples(int rows, int tokens) =>
        [.. Enumerable.Range(0, rows).Select(row => new Example([.. Enumerable.Range(0, tokens).Select(t => ((t * 7919) + (row * 104_729)) % 50_000)], row % 2, row))];
}
