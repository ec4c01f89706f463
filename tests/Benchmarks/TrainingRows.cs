using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Tests;
using FakeNewsOnnx.Tests.Parity;
using FakeNewsOnnx.Tests.Train;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.Model;
using FakeNewsOnnx.Train.Recipes;
using FakeNewsOnnx.Train.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Benchmarks;

/// <summary>Training and evaluation in the shape of GPT-2 with LoRA of rank 4: padded to 1024 tokens in fp32, as in the notebook, against ours.</summary>
internal static class TrainingRows
{
    private const int Articles = 8;
    private const int Rounds = 3;
    private const int Pad = 50256;

    internal static readonly Recipe Plain = new() { LearningRate = 1e-5, LoraDropout = 0, Dropout = 0, TrainBatchSize = Articles, Epochs = 1000 };
    private static readonly Recipe Fast = Plain with { Precision = Precision.Bf16, MaxBatchTokens = 2048 };

    /// <summary>A step, and an evaluation, of eight articles with a data set's lengths.</summary>
    public static IEnumerable<BenchmarkRow> OnLengths(string root, string name, double? step, double? evaluation, Device? device = null)
    {
        Example[] examples = Examples(LengthFixture.Read(root, name, Articles));
        int[] lengths = [.. examples.Select(example => example.TokenCount)];
        bool isOnCpu = device is null;
        using var bases = new BaseFolder(root);
        using var plain = new PlainTrainer(bases.Build(Plain, device));
        using var fast = new TimedTrainer(bases.Build(Fast, device), Fast, examples);
        string articles = FormattableString.Invariant($"{Articles} articles of {name} ({lengths.Average():F0} tokens)");
        yield return PairedRun.Measure($"training, fast, {articles}", Rounds, () => plain.Step(examples), fast.Step, step, isOnCpu ? Gpt2Work.Gpt2.StepSeconds(lengths) : null);
        yield return PairedRun.Measure($"evaluation, fast, {articles}", Rounds, () => plain.Evaluate(examples), fast.Evaluate, evaluation, isOnCpu ? Gpt2Work.Gpt2.ForwardSeconds(lengths) : null);
    }

    /// <summary>The baseline as the notebook has it, with its dropouts.</summary>
    public static IEnumerable<BenchmarkRow> WithTheNotebooksDropouts(string root)
    {
        Example[] examples = Examples(LengthFixture.Read(root, "webis", Articles));
        using var bases = new BaseFolder(root);
        using var plain = new PlainTrainer(bases.Build(Plain with { Dropout = 0.1, LoraDropout = 0.01 }));
        using var fast = new TimedTrainer(bases.Build(Fast), Fast, examples);
        yield return PairedRun.Measure($"training, fast, {Articles} articles of webis, the notebook's dropouts on the baseline", Rounds, () => plain.Step(examples), fast.Step);
    }

    /// <summary>An epoch of the small base: 64 articles in steps of 8.</summary>
    public static IEnumerable<BenchmarkRow> OfAnEpoch(string root)
    {
        const int articles = 64;
        Example[] examples = Examples(LengthFixture.Read(root, "webis", articles));
        string directory = Path.Combine(root, "models/gpt2-mini");
        Recipe recipe = Plain with { MaxBatchTokens = 2048 };
        using var plain = new PlainTrainer(Build(directory, Plain));
        using var fast = new TimedTrainer(Build(directory, recipe), recipe, examples);
        yield return PairedRun.Measure(
            $"an epoch of {articles} articles of webis's lengths, mini base, fp32", Rounds,
            () => Array.ForEach([.. examples.Chunk(Articles)], plain.Step), fast.Epoch, floor: new Gpt2Work(6, 128).StepSeconds(examples.Select(example => example.TokenCount)));
    }

    /// <summary>The memory of a bf16 step of 2 × 512 in a process of its own.</summary>
    public static IEnumerable<BenchmarkRow> OfMemory(string root)
    {
        using var bases = new BaseFolder(root);
        yield return BenchmarkRow.Limit("training, 2 × 512, bf16, largest working set", "MB", 1600, MeasuredProcess.Run("training", bases.Path, "2", "512", "Bf16", "false").Megabytes);
    }

    /// <summary>Steps of 2 × 512 tokens.</summary>
    public static IEnumerable<BenchmarkRow> OfOneShape(string root)
    {
        const int rows = 2, tokens = 512;
        Example[] examples = OneShape(rows, tokens);
        double floor = Gpt2Work.Gpt2.StepSeconds(Enumerable.Repeat(tokens, rows));
        using var bases = new BaseFolder(root);
        using var single = new TimedTrainer(bases.Build(Plain), Plain, examples);
        using (var products = new SameProducts(rows, tokens))
        {
            yield return PairedRun.Measure("training, 2 × 512, fp32 against its products alone", Rounds, products.Run, single.Step, Aims.ShareOfTrainingProducts, floor);
        }

        Recipe bf16 = Plain with { Precision = Precision.Bf16 };
        using var half = new TimedTrainer(bases.Build(bf16), bf16, examples);
        yield return PairedRun.Measure("training, 2 × 512, bf16 against fp32", Rounds, single.Step, half.Step, Aims.Here.Bf16Step, floor);
    }

    /// <summary>Rows of one length.</summary>
    public static Example[] OneShape(int rows, int tokens) =>
        Examples([.. Enumerable.Range(0, rows).Select(row => Enumerable.Range(0, tokens).Select(t => ((t * 7919) + (row * 104_729)) % 50_000).ToArray())]);

    /// <summary>A base with fresh LoRA.</summary>
    public static Gpt2ForSequenceClassification Build(string directory, Recipe recipe, Device? device = null)
    {
        using BaseModel baseModel = BaseModel.Open(directory);
        return ModelLoader.Build(baseModel, recipe.ToLoraConfig("gpt2"), null, 2, Pad, recipe.Dropout, recipe.FrozenType).to(device ?? CPU);
    }

    private static Example[] Examples(int[][] rows) => [.. rows.Select((row, i) => new Example(row, i % 2, i))];

    /// <summary>The base of GPT-2's shape in a folder that is gone afterwards.</summary>
    private sealed class BaseFolder : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public BaseFolder(string root) => Full124M.WriteBase(System.IO.Path.Combine(root, "tests/Fixtures/full124m/base", Gpt2Config.FileName), Path);

        public string Path => _folder.Path;

        public Gpt2ForSequenceClassification Build(Recipe recipe, Device? device = null) => TrainingRows.Build(Path, recipe, device);

        public void Dispose() => _folder.Dispose();
    }

    /// <summary>Our trainer.</summary>
    internal sealed class TimedTrainer(Gpt2ForSequenceClassification model, Recipe recipe, Example[] examples) : IDisposable
    {
        private readonly Trainer _trainer = new(model, recipe, Pad, examples);

        /// <summary>All articles in one step.</summary>
        public void Step()
        {
            model.train();
            _trainer.Step([examples]);
            _trainer.ReadSteps();
        }

        /// <summary>All articles, in the recipe's batches.</summary>
        public void Epoch()
        {
            model.train();
            foreach (int[][] step in _trainer.Sampler.Epoch(0))
            {
                _trainer.Step([.. step.Select(batch => batch.Select(i => examples[i]).ToArray())]);
            }

            _trainer.ReadSteps();
        }

        public void Evaluate() => Evaluator.Run(model, examples, (examples.Length, recipe.MaxBatchTokens), Pad, null, default);

        public void Dispose()
        {
            _trainer.Dispose();
            model.Dispose();
        }
    }

    /// <summary>The usual way: every row padded to 1024, two rows at a time, the whole last block, gradients of all articles added up for one step.</summary>
    private sealed class PlainTrainer(Gpt2ForSequenceClassification model) : IDisposable
    {
        private const int Columns = 1024;
        private const int RowsAtOnce = 2;

        private readonly optim.Optimizer _optimizer = optim.AdamW(ModelLoader.Trainable(model).Select(entry => entry.Value), Plain.LearningRate);

        public void Step(Example[] examples)
        {
            using var scope = NewDisposeScope();
            model.train();
            _optimizer.zero_grad();
            foreach (Example[] rows in examples.Chunk(RowsAtOnce))
            {
                using var inner = NewDisposeScope();
                (nn.functional.cross_entropy(Logits(rows), tensor([.. rows.Select(row => (long)row.Label)], device: model.Device)) * rows.Length / examples.Length).backward();
            }

            nn.utils.clip_grad_norm_(ModelLoader.Trainable(model).Select(entry => entry.Value), Plain.MaxGradNorm);
            _optimizer.step();
        }

        public void Evaluate(Example[] examples)
        {
            using var _ = no_grad();
            model.eval();
            foreach (Example[] rows in examples.Chunk(RowsAtOnce))
            {
                using var scope = NewDisposeScope();
                Logits(rows).cpu().data<float>().ToArray();
            }
        }

        public void Dispose()
        {
            _optimizer.Dispose();
            model.Dispose();
        }

        private Tensor Logits(Example[] rows)
        {
            Tensor ids = tensor([.. rows.SelectMany(row => row.InputIds.Select(id => (long)id).Concat(Enumerable.Repeat((long)Pad, Columns - row.InputIds.Length)))], [rows.Length, Columns], device: model.Device);
            return WholeLastBlock.Logits(model, ids, tensor([.. rows.Select(row => row.InputIds.Length - 1L)], device: model.Device));
        }
    }

    /// <summary>
    /// The matrix products of a step alone, forward and back: those of the weights in their own shapes, and for attention
    /// (4·T²·C per layer and sequence, twice that in the backward pass) as many as its operations are worth. What the last block skips is not counted.
    /// </summary>
    private sealed class SameProducts : IDisposable
    {
        private const int Layers = 12;
        private const int Width = 768;

        private readonly List<(Tensor Left, Tensor Right, int Times)> _products = [];

        public SameProducts(int rows, int tokens)
        {
            long all = rows * tokens;
            foreach (var (inputs, outputs, layers) in ((long, long, int)[])[(Width, 3 * Width, Layers), (Width, Width, Layers - 1), (Width, 4 * Width, Layers - 1), (4 * Width, Width, Layers - 1)])
            {
                Add(all, inputs, outputs, layers);
                Add(all, outputs, inputs, inputs == Width && outputs == 3 * Width ? layers - 1 : layers); // the embeddings need no gradient
            }

            double attention = 3 * 4.0 * tokens * tokens * Width * rows * (Layers - 1);
            Add(all, Width, Width, (int)Math.Round(attention / (2.0 * all * Width * Width)));
        }

        public void Run()
        {
            using var _ = no_grad();
            foreach (var (left, right, times) in _products)
            {
                for (int i = 0; i < times; i++)
                {
                    left.mm(right).Dispose();
                }
            }
        }

        public void Dispose() => _products.ForEach(product =>
        {
            product.Left.Dispose();
            product.Right.Dispose();
        });

        private void Add(long rows, long inner, long columns, int times) => _products.Add((randn(rows, inner), randn(inner, columns), times));
    }
}
