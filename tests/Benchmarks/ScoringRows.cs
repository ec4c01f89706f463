using System.Collections.Concurrent;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Infer;
using FakeNewsOnnx.Inference;
using Microsoft.ML.OnnxRuntime;

namespace FakeNewsOnnx.Benchmarks;

/// <summary>Scoring against the usual way of scoring, on the shape of GPT-2.</summary>
internal static class ScoringRows
{
    private const int Articles = 16;
    private const int Rounds = 3;
    private const int Tokens = 512;
    private const int ArticlesPerSecond = 700;
    private const int BytesPerArticle = 4096;

    /// <summary>A file as the classifier runs it, against the fp32 file as notebooks do: padded to 1024 tokens, eight at a time, with a session as it comes.</summary>
    /// <param name="root">The repository's folder.</param>
    /// <param name="model">The candidate's file.</param>
    /// <param name="precision">How the row is called.</param>
    /// <param name="aims">The ratios aimed at on articles as long as recovery's and webis's.</param>
    public static IEnumerable<BenchmarkRow> AgainstPadding(string root, string model, string precision, (double Recovery, double Webis) aims)
    {
        using var options = new SessionOptions();
        using var notebook = new InferenceSession(ScoringModels.WholeAttention(root), options);
        using var classifier = ArticleClassifier.Load(model);
        foreach (var (name, aim) in new[] { ("recovery", aims.Recovery), ("webis", aims.Webis) })
        {
            int[][] articles = LengthFixture.Read(root, name, Articles);
            yield return PairedRun.Measure(
                $"{precision}, {Articles} articles of {name} ({articles.Average(ids => ids.Length):F0} tokens)",
                Rounds,
                () => ScorePadded(notebook, articles),
                () => Parallel.ForEach(
                    OneByOne(articles), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, ids => classifier.Classify(ids)),
                aim,
                Gpt2Work.Gpt2.ForwardSeconds(articles.Select(ids => ids.Length)));
        }
    }

    /// <summary>A GPU: packed batches of the fp16 file against the fp32 file as notebooks run it there.</summary>
    public static IEnumerable<BenchmarkRow> OnCuda(string root)
    {
        using var options = new SessionOptions();
        options.AppendExecutionProvider_CUDA();
        using var notebook = new InferenceSession(ScoringModels.WholeAttention(root), options);
        using var classifier = ArticleClassifier.Load(ScoringModels.Gpt2(root, "gpt2-fp16.onnx", "--precision", "fp16"), new() { Device = Device.Cuda, Strict = true });
        foreach (string name in new[] { "recovery", "webis" })
        {
            int[][] articles = LengthFixture.Read(root, name, ArticleClassifier.ArticlesPerPack);
            yield return PairedRun.Measure(
                $"fp16 on CUDA, {articles.Length} articles of {name}", Rounds, () => ScorePadded(notebook, articles), () => classifier.ComputePackedLogits(articles, new ArticleClassifierOptions().TokensPerBatch));
        }
    }

    /// <summary>A run over 512 tokens on one thread, against nothing but its matrix products in ONNX Runtime: the ratio is the share of their rate.</summary>
    public static IEnumerable<BenchmarkRow> AgainstMatrixProducts(string root)
    {
        using var classifier = ArticleClassifier.Load(ScoringModels.Gpt2(root, "gpt2-fp32.onnx"));
        int[] article = LengthFixture.Read(root, "recovery", Articles).First(ids => ids.Length >= Tokens)[..Tokens];

        // Twelve blocks; the last one reads every token for its keys and values only.
        using var queryKeyValue = new MatrixProduct([Tokens, 768], [768, 2304], isWeight: true);
        using var keyValue = new MatrixProduct([Tokens, 768], [768, 1536], isWeight: true);
        using var scores = new MatrixProduct([12, Tokens, 64], [12, 64, Tokens], isWeight: false);
        using var values = new MatrixProduct([12, Tokens, Tokens], [12, Tokens, 64], isWeight: false);
        using var projection = new MatrixProduct([Tokens, 768], [768, 768], isWeight: true);
        using var up = new MatrixProduct([Tokens, 768], [768, 3072], isWeight: true);
        using var down = new MatrixProduct([Tokens, 3072], [3072, 768], isWeight: true);
        MatrixProduct[] block = [queryKeyValue, scores, values, projection, up, down];
        yield return PairedRun.Measure(
            $"fp32, share of the rate of its matrix products, {Tokens} tokens",
            rounds: 7,
            () =>
            {
                for (int i = 0; i < 11; i++)
                {
                    foreach (var product in block)
                    {
                        product.Run();
                    }
                }

                keyValue.Run();
            },
            () => classifier.Classify(article),
            atLeast: Aims.ShareOfScoringProducts,
            floor: Gpt2Work.Gpt2.ForwardSeconds([Tokens], threads: 1));
    }

    /// <summary>All but the model on one thread: read a CSV file, tokenize up to 1024 tokens, write. The usual way is what is allowed.</summary>
    /// <remarks>The file is the sample, or the one that <c>FAKENEWSONNX_ARTICLES</c> names.</remarks>
    public static IEnumerable<BenchmarkRow> WithoutModel(string root)
    {
        string input = Environment.GetEnvironmentVariable("FAKENEWSONNX_ARTICLES") ?? Path.Combine(root, "samples/horne-adali-2017.csv");
        string model = ScoringModels.TokenizerOnly(root);
        using var classifier = ArticleClassifier.Load(model);
        var summary = Score();
        double seconds = PairedRun.Median(Enumerable.Range(0, 7).Select(_ => PairedRun.Seconds(() => summary = Score())).ToArray());
        long text = TextBytes(input), before = GC.GetTotalAllocatedBytes(precise: true);
        Score();
        double bytes = (double)(GC.GetTotalAllocatedBytes(precise: true) - before - text) / summary.Rows;
        yield return BenchmarkRow.Limit($"all but the model on one thread, {summary.Rows / seconds:F0} articles/s", "s", (double)summary.Rows / ArticlesPerSecond, seconds, text / Machine.BytesPerSecond);
        yield return BenchmarkRow.Limit("all but the model, allocated for an article beyond its text", "bytes", BytesPerArticle, bytes);

        ScoreSummary Score() => ScoringRows.Score(root, classifier, model, input, threads: 1);
    }

    /// <summary>What <c>infer score</c> does with a file.</summary>
    public static ScoreSummary Score(string root, ArticleClassifier classifier, string model, string input, int? threads = null) => new ScoreRun
    {
        Inputs = [input],
        Format = RowFormat.Csv,
        Output = Path.Combine(root, "artifacts/benchmark/scored.csv"),
        Columns = new(),
        MaxFieldBytes = CsvArticleReader.DefaultMaxFieldBytes,
        Threads = threads ?? Environment.ProcessorCount,
        StopOnError = false,
        Force = true,
        Resume = false,
        Shard = null,
        Model = model,
        Long = ("truncate", null),
    }.RunAsync(classifier, CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>The articles' records and their fields as strings.</summary>
    private static long TextBytes(string input)
    {
        using CsvArticleReader reader = CsvArticleReader.Open(input);
        return reader.ReadRows().Sum(row => row.Bytes.Length + (sizeof(char) * (long)((row.Article?.Title?.Length ?? 0) + (row.Article?.Content?.Length ?? 0))));
    }

    private static OrderablePartitioner<int[]> OneByOne(int[][] articles) =>
        Partitioner.Create(articles, EnumerablePartitionerOptions.NoBuffering);

    private static void ScorePadded(InferenceSession session, int[][] articles)
    {
        const int length = 1024;
        using var options = new RunOptions();
        foreach (int[][] batch in articles.Chunk(8))
        {
            var ids = new long[batch.Length * length];
            var mask = new long[ids.Length];
            Array.Fill(ids, 50256);
            for (int row = 0; row < batch.Length; row++)
            {
                for (int i = 0; i < batch[row].Length; i++)
                {
                    ids[(row * length) + i] = batch[row][i];
                    mask[(row * length) + i] = 1;
                }
            }

            using var idsValue = OrtValue.CreateTensorValueFromMemory(ids, [batch.Length, length]);
            using var maskValue = OrtValue.CreateTensorValueFromMemory(mask, [batch.Length, length]);
            using var outputs = session.Run(options, ["input_ids", "attention_mask"], [idsValue, maskValue], ["logits"]);
        }
    }

    /// <summary>One matrix product on one thread, with its memory.</summary>
    private sealed class MatrixProduct : IDisposable
    {
        private readonly InferenceSession _session;
        private readonly RunOptions _options = new();
        private readonly string[] _names;
        private readonly OrtValue[] _inputs;
        private readonly OrtValue[] _outputs;

        public MatrixProduct(long[] left, long[] right, bool isWeight)
        {
            using var options = new SessionOptions { IntraOpNumThreads = 1 };
            _session = new(ScoringModels.MatrixProduct(left, right, isWeight), options);
            _names = isWeight ? ["left"] : ["left", "right"];
            _inputs = isWeight ? [Ones(left)] : [Ones(left), Ones(right)];
            _outputs = [Ones([.. left[..^1], right[^1]])];
        }

        public void Run() => _session.Run(_options, _names, _inputs, ["product"], _outputs);

        public void Dispose()
        {
            foreach (var value in _inputs.Concat(_outputs))
            {
                value.Dispose();
            }

            _options.Dispose();
            _session.Dispose();
        }

        private static OrtValue Ones(long[] shape)
        {
            float[] values = new float[shape.Aggregate((a, b) => a * b)];
            Array.Fill(values, 1);
            return OrtValue.CreateTensorValueFromMemory(values, shape);
        }
    }
}
