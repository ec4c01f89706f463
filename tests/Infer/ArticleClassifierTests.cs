using System.Collections.Concurrent;
using System.Text;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Tests.Infer;

internal sealed class ArticleClassifierTests
{
    private static readonly Article Letters = new("ab", "cdefg");
    private static readonly Article Digits = new("12", "3456");

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = new();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void Classify_GivesLabelProbabilitiesAndLogits()
    {
        using var classifier = Load(ByteModel.ToBytes());
        float logit = ByteModel.LogitOf("ab\n\ncdefg");

        var result = classifier.Classify(Letters);

        Assert.That(result.Label, Is.EqualTo("real"));
        Assert.That(result.Logits, Is.EqualTo(new[] { -logit, logit }).Within(1e-5));
        Assert.That(result.Probabilities, Is.EqualTo(new[] { 1 / (1 + Math.Exp(2 * logit / 10)), 1 / (1 + Math.Exp(-2 * logit / 10)) }).Within(1e-6), "temperature 10");
        Assert.That(result.Score, Is.EqualTo(result.Probabilities[1]));
        Assert.That((result.TokenCount, result.Truncated), Is.EqualTo((9, false)));
        Assert.That(classifier.Classify(Digits).Label, Is.EqualTo("fake"));
    }

    [Test]
    public void Classify_ReadsOnlyTheFirstTokens()
    {
        using var classifier = Load(ByteModel.ToBytes());

        var result = classifier.Classify(new Article("11111111111111", "letters that are never read"));

        Assert.That(result.Label, Is.EqualTo("fake"));
        Assert.That((result.TokenCount, result.Truncated), Is.EqualTo((16, true)));
    }

    [Test]
    public void Classify_ReadsAMissingTitleAsAnEmptyOne()
    {
        using var classifier = Load(ByteModel.ToBytes());

        Assert.That(classifier.Classify(new Article(null, "abc")).Logits, Is.EqualTo(classifier.Classify(new Article("", "abc")).Logits));
    }

    [TestCase(null)]
    [TestCase("")]
    public void Classify_WithoutContentIsAnError(string? content)
    {
        using var classifier = Load(ByteModel.ToBytes());

        var error = Assert.Throws<ArgumentException>(() => classifier.Classify(new Article("title", content)));

        Assert.That(error!.Message, Does.StartWith("the article has no content."));
    }

    [Test]
    public void Classify_OfTokenIdsIsThatOfTheirArticle()
    {
        using var classifier = Load(ByteModel.ToBytes());

        Assert.That(classifier.Classify("ab\n\ncdefg"u8.ToArray().Select(value => (int)value).ToArray()).Logits, Is.EqualTo(classifier.Classify(Letters).Logits));
    }

    [TestCase(0)]
    [TestCase(17)]
    public void Classify_OfNoneOrTooManyTokenIdsIsAnError(int count)
    {
        using var classifier = Load(ByteModel.ToBytes());

        var error = Assert.Throws<ArgumentException>(() => classifier.Classify(new int[count]));

        Assert.That(error!.Message, Does.StartWith($"expected from 1 to 16 token ids; found {count}."));
    }

    [Test]
    public void Classify_ByManyThreadsEqualsOne()
    {
        using var classifier = Load(ByteModel.ToBytes());
        Article[] articles = [.. Enumerable.Range(1, 500).Select(n => new Article($"{n}", new string((char)('0' + (n % 70)), 1 + (n % 13))))];
        float[] expected = [.. articles.Select(article => classifier.Classify(article).Logits[1])];
        var found = new ConcurrentDictionary<int, float>();

        Parallel.For(0, articles.Length, i => found[i] = classifier.Classify(articles[i]).Logits[1]);

        Assert.That(Enumerable.Range(0, articles.Length).Select(i => found[i]), Is.EqualTo(expected));
    }

    [Test]
    public async Task ClassifyAsync_KeepsTheOrder()
    {
        using var classifier = Load(ByteModel.ToBytes(), new() { ParallelArticles = 4 });
        Article[] articles = [.. Enumerable.Range(1, 500).Select(n => new Article(null, $"{n}"))];

        float[] found = await classifier.ClassifyAsync(articles.ToAsyncEnumerable()).Select(result => result.Logits[1]).ToArrayAsync();

        Assert.That(found, Is.EqualTo(articles.Select(article => classifier.Classify(article).Logits[1])));
    }

    [Test]
    public async Task ClassifyAsync_TakesFewArticlesAhead()
    {
        using var classifier = Load(ByteModel.ToBytes(), new() { ParallelArticles = 2 });
        int taken = 0;

        _ = await classifier.ClassifyAsync(Enumerable.Range(1, 10_000).Select(n =>
        {
            taken++;
            return new Article(null, $"{n}");
        }).ToAsyncEnumerable()).FirstAsync();

        Assert.That(taken, Is.LessThanOrEqualTo(2 * 8));
    }

    [Test]
    public async Task ClassifyAsync_CanBeCancelled()
    {
        using var classifier = Load(ByteModel.ToBytes());
        using var cancellation = new CancellationTokenSource();
        int results = 0;

        await Assert.CatchAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in classifier.ClassifyAsync(Enumerable.Repeat(Letters, 10_000).ToAsyncEnumerable(), cancellation.Token))
            {
                results++;
                await cancellation.CancelAsync();
            }
        });

        Assert.That(results, Is.LessThan(10_000));
    }

    [Test]
    public void Dispose_LetsCallsInProgressFinishAndRefusesLaterOnes()
    {
        for (int round = 0; round < 20; round++)
        {
            using var classifier = Load(ByteModel.ToBytes());
            using var started = new CountdownEvent(4);
            var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                started.Signal();
                while (true)
                {
                    classifier.Classify(Letters);
                }
            })).ToArray();
            started.Wait();

            classifier.Dispose();

            var errors = Assert.Throws<AggregateException>(() => Task.WaitAll(callers));
            Assert.That(errors!.InnerExceptions, Has.Count.EqualTo(4).And.All.InstanceOf<ObjectDisposedException>());
        }
    }

    [Test]
    public void Load_OfAFileThatIsNotThereSaysSo()
    {
        string path = _folder.In("missing.onnx");

        var error = Assert.Throws<FileNotFoundException>(() => ArticleClassifier.Load(path));

        Assert.That(error!.Message, Is.EqualTo($"{path}: there is no such model file."));
    }

    [TestCaseSource(nameof(BadFiles))]
    public void Load_OfABadFileSaysWhatIsWrong(byte[] bytes, string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => Load(bytes));

        Assert.That(error!.Message, Does.StartWith(_folder.In("model.onnx") + message));
    }

    [Test]
    public void Load_WithoutTheWeightsThatLieBesideTheFileNamesThem()
    {
        var error = Assert.Throws<InvalidDataException>(() => Load(ByteModel.ToBytesWithExternalData()));

        Assert.That(error!.Message, Does.StartWith(_folder.In("model.onnx") + ": expected an ONNX model; ONNX Runtime says: ").And.Contain("weights.data"));
    }

    [Test]
    public void Load_OfAModelThatNeedsMoreThanIdsAndMaskIsAnError()
    {
        var error = Assert.Throws<InvalidDataException>(() => Load(ByteModel.ToBytesWithInput("position_ids")));

        Assert.That(error!.Message, Does.EndWith(": expected the inputs 'input_ids' and 'attention_mask' only; found 'input_ids', 'attention_mask', 'position_ids'."));
    }

    [Test]
    public void Load_OfAFileWithoutATokenizerTakesTokenIdsOnly()
    {
        using var classifier = Load(ByteModel.ToBytes(ByteModel.Manifest with { TokenizerSha256 = null }, WithoutTokenizer));

        Assert.That(classifier.HasTokenizer, Is.False);
        Assert.That(classifier.Classify([97, 98]).Label, Is.EqualTo("real"));
        var error = Assert.Throws<InvalidOperationException>(() => classifier.Classify(Letters));
        Assert.That(error!.Message, Does.EndWith("model.onnx: the file holds no tokenizer; give it token ids instead."));
    }

    [Test]
    public void RunSelfTest_PassesWhereTheLogitsAreThoseOfTraining()
    {
        var report = SelfTest(new() { Title = "ab", Content = "cdefg", InputIds = Ids("ab\n\ncdefg"), Logits = [-ByteModel.LogitOf("ab\n\ncdefg"), ByteModel.LogitOf("ab\n\ncdefg")] });

        Assert.That(report.Failures, Is.Empty);
        Assert.That(report.Passed, Is.True);
        Assert.That((report.Cases, report.Tolerance), Is.EqualTo((1, 2e-5)));
        Assert.That(report.MaxAbsLogitDifference, Is.LessThan(1e-5));
    }

    [Test]
    public void RunSelfTest_FailsWhereLogitsOrTokensAreOthers()
    {
        var report = SelfTest(new() { Title = "ab", Content = "cdefg", InputIds = Ids("ab\n\ncdef"), Logits = [0, 0.5f] });

        Assert.That(report.Passed, Is.False);
        Assert.That(report.Failures, Has.Count.EqualTo(2));
        Assert.That(report.Failures[0], Is.EqualTo("case 0 ('ab'): other token ids than in training."));
        Assert.That(report.Failures[1], Does.StartWith("case 0 ('ab'): expected logits within 2E-05; found a difference of "));
    }

    [Test]
    public void RunSelfTest_OfAFileWithoutOneIsAnError()
    {
        using var classifier = Load(ByteModel.ToBytes());

        var error = Assert.Throws<InvalidDataException>(() => classifier.RunSelfTest());

        Assert.That(error!.Message, Does.EndWith("model.onnx: the file carries no self-test, so nothing shows that it computes what was trained."));
    }

    private static IEnumerable<TestCaseData> BadFiles()
    {
        yield return new TestCaseData("title,content\n"u8.ToArray(), ": expected an ONNX model; ONNX Runtime says: ").SetArgDisplayNames("a CSV file");
        yield return new TestCaseData(ByteModel.ToBytes()[..^100], ": expected an ONNX model; ONNX Runtime says: ").SetArgDisplayNames("a truncated file");
        yield return new TestCaseData(
            ByteModel.ToBytes(logits: "scores"),
            ": expected 'logits' (Float); found 'scores' (Float).").SetArgDisplayNames("another output");
        yield return new TestCaseData(
            ByteModel.ToBytes(metadata: entries => entries.Remove(Manifest.MetadataKey)),
            ": expected the metadata 'fakenews.json', which says what the labels mean; found none. Was the file written by 'export onnx'?").SetArgDisplayNames("no manifest");
        yield return new TestCaseData(
            ByteModel.ToBytes(ByteModel.Manifest with { Version = 2 }),
            ": manifest_version must be 1; found 2.").SetArgDisplayNames("a later manifest");
        yield return new TestCaseData(
            ByteModel.ToBytes(ByteModel.Manifest with { Labels = ["a", "b", "c"] }),
            ": expected 'logits' of shape [batch, 3], one per label; found [-1, 2].").SetArgDisplayNames("other labels");
        yield return new TestCaseData(
            ByteModel.ToBytes(metadata: WithoutTokenizer),
            ": expected the metadata 'vocab.json' and 'merges.txt', as the manifest names a tokenizer; found none.").SetArgDisplayNames("no tokenizer");
        yield return new TestCaseData(
            ByteModel.ToBytes(metadata: entries => entries[Gpt2Tokenizer.MergesFile] = "#version: 0.2\n\n"u8.ToArray()),
            ": the tokenizer was changed after training: expected SHA-256 ").SetArgDisplayNames("a changed tokenizer");
        yield return new TestCaseData(
            ByteModel.ToBytes(metadata: entries => entries[Gpt2Tokenizer.VocabularyFile] = "{}"u8.ToArray()),
            ": vocab.json: expected a token for every byte; ").SetArgDisplayNames("an empty vocabulary");
    }

    private static void WithoutTokenizer(Dictionary<string, ReadOnlyMemory<byte>> entries)
    {
        entries.Remove(Gpt2Tokenizer.VocabularyFile);
        entries.Remove(Gpt2Tokenizer.MergesFile);
    }

    private static int[] Ids(string text) => [.. Encoding.UTF8.GetBytes(text)];

    private SelfTestReport SelfTest(SelfTestCase test)
    {
        using var classifier = Load(ByteModel.ToBytes(ByteModel.Manifest with { SelfTest = new() { Tolerance = 2e-5, Cases = [test] } }));
        return classifier.RunSelfTest();
    }

    private ArticleClassifier Load(byte[] bytes, ArticleClassifierOptions? options = null)
    {
        string path = _folder.In("model.onnx");
        File.WriteAllBytes(path, bytes);
        return ArticleClassifier.Load(path, options);
    }
}
