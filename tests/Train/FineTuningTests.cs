using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Recipes;
using FakeNewsOnnx.Train.Training;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Tests.Train;

internal sealed class FineTuningTests
{
    private static readonly Recipe Recipe = new() { TrainBatchSize = 3, Epochs = 2, LoggingStrategy = Strategy.Steps, LoggingSteps = 2, SaveStrategy = Strategy.No, LoraDropout = 0.1 };

    private readonly TemporaryFolder _folder = new();

    [TearDown]
    public void EmptyFolder() => CheckpointStore.DeleteAll(_folder.Path);

    [OneTimeTearDown]
    public void DeleteFolder() => _folder.Dispose();

    /// <summary>Six steps, three an epoch: cancelled after any of them, in the evaluation or before the next step, and resumed in a new process's place.</summary>
    [TestCase(1, false)]
    [TestCase(2, false)]
    [TestCase(3, false)]
    [TestCase(3, true)]
    [TestCase(5, false)]
    [TestCase(6, true)]
    public void Run_Interrupted_EndsAsIfItNeverWas(int step, bool inEvaluation)
    {
        string expected = Uninterrupted(Recipe);
        using var cancellation = new CancellationTokenSource();
        using (var first = new TinyRun(Recipe, _folder.Path))
        {
            first.OnStep = done => CancelIf(!inEvaluation && done.Number == step);
            first.OnEvaluatedBatch = () => CancelIf(inEvaluation && first.Run.State.Step == step);
            Assert.That(() => first.Run.Train(cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        }

        Assert.That(Path.GetFileName(Directory.GetDirectories(_folder.Path).Single()), Is.EqualTo($"checkpoint-{step}"));
        Assert.That(ResumeAndFinish(Recipe), Is.EqualTo(expected));

        void CancelIf(bool condition)
        {
            if (condition)
            {
                cancellation.Cancel();
            }
        }
    }

    [Test]
    public void Run_Saving_KeepsTheNewestCheckpoints()
    {
        Recipe recipe = Recipe with { SaveStrategy = Strategy.Steps, SaveSteps = 1, SaveTotalLimit = 2 };
        Uninterrupted(recipe);
        Assert.That(Directory.GetDirectories(_folder.Path).Select(Path.GetFileName), Is.EquivalentTo(new[] { "checkpoint-5", "checkpoint-6" }));
    }

    [Test]
    public void Load_RefusesACheckpointOfOtherData_AndABrokenOne()
    {
        Uninterrupted(Recipe with { SaveStrategy = Strategy.Epoch });
        using var run = new TinyRun(Recipe, _folder.Path);
        string resume = Path.Combine(run.Checkpoints.Newest!, ResumeState.FileName), text = File.ReadAllText(resume);
        File.WriteAllText(resume, text.Replace("\"one\"", "\"two\"", StringComparison.Ordinal));
        Assert.That(run.Resume, Throws.TypeOf<InvalidDataException>().With.Message.EndsWith("checkpoint-6: a checkpoint of another run: data was two, now it is one."));
        File.WriteAllText(resume, text.Replace("\"rng_state\":\"", "\"rng_state\":\"AAAA", StringComparison.Ordinal));
        Assert.That(run.Resume, Throws.TypeOf<InvalidDataException>().With.Message.Contains("rng_state must be 5056 bytes in Base64."));
        File.WriteAllText(resume, "{");
        Assert.That(run.Resume, Throws.TypeOf<InvalidDataException>().With.Message.Contains(ResumeState.FileName));
    }

    /// <summary>Losses of the evaluations after each of the epochs, and where training ends and which step's weights stay.</summary>
    [TestCase(2, 0.0, new[] { 0.9, 0.8, 0.85, 0.84, 0.1 }, 12, 6)]
    [TestCase(1, 0.0, new[] { 0.9, 0.9, 0.1 }, 6, 3)]
    [TestCase(2, 0.2, new[] { 0.9, 0.8, 0.75, 0.1 }, 9, 9)]
    [TestCase(3, 0.0, new[] { 0.9, 0.8, 0.7, 0.6, 0.5 }, 15, 15)]
    public void Run_StopsEarly_AndKeepsTheBestEvaluation(int patience, double threshold, double[] losses, int lastStep, int bestStep)
    {
        using var run = new TinyRun(Recipe with { Epochs = 5, EarlyStoppingPatience = patience, EarlyStoppingThreshold = threshold }, _folder.Path, losses);
        run.Run.Train(default);
        Assert.That(run.Run.State.Step, Is.EqualTo(lastStep));
        Assert.That(run.Run.State.BestStep, Is.EqualTo(bestStep));
    }

    /// <summary>Three steps make an epoch.</summary>
    [TestCase(2, 1)]
    [TestCase(8, 3)]
    public void Run_OfMaxSteps_EndsThere_WithItsScheduleNearZero(int steps, int epochs)
    {
        using var run = new TinyRun(Recipe with { MaxSteps = steps, LearningRate = 1, Epochs = 5, LoggingSteps = 1 }, _folder.Path);
        run.Run.Train(default);
        TrainerState state = run.Run.State;
        Assert.That((state.Step, state.MaxSteps, state.Epochs), Is.EqualTo((steps, steps, epochs)));
        Assert.That(state.History.Last(entry => entry.Loss is not null).LearningRate, Is.EqualTo(1.0 / steps).Within(1e-12));
    }

    [Test]
    public void Run_ByAccuracy_KeepsTheHighest_WithItsWeights()
    {
        using var run = new TinyRun(Recipe with { Epochs = 3, MetricForBestModel = BestMetric.Accuracy }, _folder.Path, 0.5, 0.2, 0.4);
        float[] atBest = [];
        run.OnStep = step => atBest = step.Number == 6 ? run.Trainer.Trainable[0].Value.data<float>().ToArray() : atBest;
        run.Run.Train(default);
        Assert.That(run.Run.State.BestStep, Is.EqualTo(6));
        Assert.That(run.Run.State.BestMetric, Is.EqualTo(0.8));
        Assert.That(run.Trainer.Trainable[0].Value.data<float>().ToArray(), Is.EqualTo(atBest));
    }

    [Test]
    public void Run_LogsTheMeanLossSinceTheEntryBefore()
    {
        using var run = new TinyRun(Recipe with { EvalStrategy = Strategy.Steps, EvalSteps = 3 }, _folder.Path);
        var losses = new List<double>();
        run.OnStep = step => losses.Add(step.Loss);
        run.Run.Train(default);
        LogEntry[] logged = [.. run.Run.State.History.Where(entry => entry.Loss is not null)];
        Assert.That(logged.Select(entry => entry.Step), Is.EqualTo(new[] { 2, 4, 6 }));
        Assert.That(logged.Select(entry => entry.Loss), Is.EqualTo(losses.Chunk(2).Select(pair => pair.Average())).Within(1e-12));
        Assert.That(run.Run.State.History.Where(entry => entry.EvalLoss is not null).Select(entry => entry.Epoch), Is.EqualTo(new[] { 1.0, 2.0 }));
    }

    [Test]
    public void Run_WhenALossIsNoNumber_StopsAndNamesStepArticlesAndCheckpoint()
    {
        using var run = new TinyRun(Recipe with { SaveStrategy = Strategy.Epoch }, _folder.Path);
        run.OnStep = step => Fill(step.Number == 4 ? float.NaN : null);
        Assert.That(() => run.Run.Train(default), Throws.TypeOf<InvalidDataException>().With.Message.Match(
            @"^step 5 of 6, the articles of line \d+, line \d+, line \d+: the loss must be finite; found NaN\. .* \S*checkpoint-3 is the last good checkpoint\.$"));
        Assert.That(run.Checkpoints.Newest, Does.EndWith("checkpoint-3"));

        void Fill(float? value)
        {
            using var _ = no_grad();
            if (value is { } number)
            {
                run.Trainer.Trainable[0].Value.fill_(number);
            }
        }
    }

    /// <summary>A mean over accumulated batches of one size is the mean over all their articles.</summary>
    [Test]
    public void Step_OverTwoBatches_IsTheStepOverTheirUnion()
    {
        Recipe recipe = Recipe with { LoraDropout = 0, Dropout = 0 };
        using var accumulated = new TinyRun(recipe, _folder.Path);
        using var whole = new TinyRun(recipe, _folder.Path);
        StepResult a = accumulated.Trainer.TakeStep([TinyRun.Articles[..4], TinyRun.Articles[4..]]), b = whole.Trainer.TakeStep([TinyRun.Articles]);
        Assert.That(a.Loss, Is.EqualTo(b.Loss).Within(1e-6));
        Assert.That(a.GradientNorm, Is.EqualTo(b.GradientNorm).Within(1e-5));
    }

    [Test]
    public void Step_WithClassWeights_WeighsTheMean()
    {
        using var only = new TinyRun(Recipe with { LoraDropout = 0, Dropout = 0, ClassWeights = "1,1e-9", MaxBatchTokens = 10 }, _folder.Path);
        using var plain = new TinyRun(Recipe with { LoraDropout = 0, Dropout = 0 }, _folder.Path);
        Example[] fakes = [.. TinyRun.Articles.Where(example => example.Label == 0)];
        Assert.That(only.Trainer.TakeStep([TinyRun.Articles]).Loss, Is.EqualTo(plain.Trainer.TakeStep([fakes]).Loss).Within(1e-6));
        Assert.That(new Recipe { ClassWeights = "balanced" }.WeightsOfLabels([0, 1, 1, 1]), Is.EqualTo(new[] { 2, 2 / 3.0 }).Within(1e-12));
    }

    [TestCase("score.weight", true)]
    [TestCase("h.0.attn.c_attn.lora_A.weight", true)]
    [TestCase("h.0.attn.c_attn.lora_B.bias", false)]
    [TestCase("h.0.attn.c_attn.bias", false)]
    [TestCase("h.0.ln_1.weight", false)]
    [TestCase("ln_f.weight", false)]
    public void Decay_ActsOnAllButBiasesAndLayerNorms(string name, bool isDecayed) => Assert.That(Trainer.IsDecayed(name), Is.EqualTo(isDecayed));

    /// <summary>
    /// Two thousand steps with evaluations and checkpoints; native memory that a step forgets would add up. Code is compiled and pools grow during
    /// the first steps, for more than a thousand of them on processors with AVX-512.
    /// </summary>
    [Test]
    [Category("Heavy")]
    public void Run_TwoThousandSteps_KeepsTheWorkingSetFlat()
    {
        const int warm = 1500;
        using var run = new TinyRun(Recipe with { Epochs = 1167, TrainBatchSize = 3, SaveStrategy = Strategy.Steps, SaveSteps = 100, SaveTotalLimit = 1, LoggingStrategy = Strategy.Epoch }, _folder.Path);
        (long Bytes, long Tensors) early = default;
        run.OnStep = step => early = step.Number == warm ? (WorkingSet(), Tensor.TotalCount) : early;
        run.Run.Train(default);
        var late = (Bytes: WorkingSet(), Tensors: Tensor.TotalCount);
        TestContext.Out.WriteLine($"after {warm} steps {early.Bytes >> 20} MiB, after {run.Run.State.Step} {late.Bytes >> 20} MiB");
        Assert.That(late.Bytes, Is.LessThan(1.02 * early.Bytes));
        Assert.That(late.Tensors, Is.LessThanOrEqualTo(early.Tensors));
    }

    private static long WorkingSet()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return Environment.WorkingSet;
    }

    private string Uninterrupted(Recipe recipe)
    {
        using var run = new TinyRun(recipe, _folder.Path);
        run.Run.Train(default);
        return run.Result();
    }

    private string ResumeAndFinish(Recipe recipe)
    {
        using var run = new TinyRun(recipe, _folder.Path);
        run.Resume();
        run.Run.Train(default);
        return run.Result();
    }
}
