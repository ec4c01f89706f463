using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Tests.Faults;

/// <summary>The classifier as a busy service has it: <c>./build.sh --target Soak [--minutes 10]</c>.</summary>
[Category("Soak")]
internal sealed class SoakTests
{
    private const int Threads = 16;
    private const int Articles = 200;
    private const int LongestArticle = 1 << 20;

    /// <summary>How much the middle of the measured working sets may move: what the collector and the allocator keep at one time and not at another.</summary>
    private const long Slack = 64 << 20;

    [Test]
    public void Classifier_UnderLoad_GivesTheSameAnswersInFlatMemoryAndEndsWhenItIsDisposed()
    {
        double minutes = double.Parse(TestContext.Parameters.Get("minutes", "10"), CultureInfo.InvariantCulture);
        using var folder = new TemporaryFolder();
        string model = folder.In("model.onnx");
        OnnxExport.Write(Repository.PathOf("models", "gpt2-mini"), Repository.PathOf("tests", "Fixtures", "sample-tuned", "adapter"), new(), model, CancellationToken.None);
        using ArticleClassifier classifier = ArticleClassifier.Load(model);

        // All are made here, so that what is allocated below is the classifier's.
        Article[] articles = [.. Enumerable.Range(0, Articles).Select(RandomArticle)];
        IReadOnlyList<float>?[] expected = [.. articles.Select(article => Answer(classifier, article))];
        var wrong = new ConcurrentQueue<string>();
        long answers = 0;
        var disposed = new ConcurrentBag<bool>();
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            var random = new Random(thread);
            try
            {
                while (wrong.IsEmpty)
                {
                    int i = random.Next(Articles);
                    if (!Equal(Answer(classifier, articles[i]), expected[i]))
                    {
                        wrong.Enqueue($"article {i} has another answer than on one thread");
                    }

                    Interlocked.Increment(ref answers);
                }
            }
            catch (ObjectDisposedException)
            {
                disposed.Add(true);
            }
            catch (Exception e)
            {
                wrong.Enqueue(e.ToString());
            }
        }))];

        Array.ForEach(threads, thread => thread.Start());
        var clock = Stopwatch.StartNew();
        var memory = new List<long>();
        using var tick = new PeriodicTimer(TimeSpan.FromSeconds(2));
        while (clock.Elapsed < TimeSpan.FromMinutes(minutes) && wrong.IsEmpty)
        {
            tick.WaitForNextTickAsync().AsTask().Wait();
            memory.Add(Environment.WorkingSet);
        }

        long scored = Interlocked.Read(ref answers);
        classifier.Dispose();
        Array.ForEach(threads, thread => thread.Join());

        // The first quarter is for growing: the largest articles of all threads at once, and the tokenizer's words. Of the others the middle
        // counts: how many threads have a word of a million letters at the same moment is chance.
        long[] quarters = [.. memory.Chunk((memory.Count / 4) + 1).Select(part => part.Order().ElementAt(part.Length / 2))];
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scored} articles in {clock.Elapsed.TotalMinutes:F1} min on {Threads} threads; median working set by quarter: {string.Join(", ", quarters.Select(bytes => $"{bytes >> 20} MiB"))}"));
        Assert.That(wrong, Is.Empty);
        Assert.That(disposed, Has.Count.EqualTo(Threads), "each thread ends with ObjectDisposedException");
        Assert.That(quarters[^1], Is.LessThan(quarters[1] + Slack));
    }

    /// <summary>The logits of an article; null for one without content, which is refused.</summary>
    private static IReadOnlyList<float>? Answer(ArticleClassifier classifier, Article article)
    {
        try
        {
            return classifier.Classify(article).Logits;
        }
        catch (ArgumentException) when (article.Content!.Length == 0)
        {
            return null;
        }
    }

    private static bool Equal(IReadOnlyList<float>? one, IReadOnlyList<float>? other) => one is null ? other is null : other is not null && one.SequenceEqual(other);

    /// <summary>Empty, or up to a megabyte: as many between 1 and 10 chars as between 100,000 and a million. Words, letters without end, or noise.</summary>
    private static Article RandomArticle(int seed)
    {
        var random = new Random(seed);
        int length = seed % 20 == 0 ? 0 : (int)Math.Pow(LongestArticle, random.NextDouble());
        var text = new StringBuilder(length + 16);
        int kind = random.Next(4);
        while (text.Length < length)
        {
            text.Append(kind switch
            {
                0 => (char)random.Next('a', 'z' + 1),
                1 => (char)random.Next(1, 0xFFFF),
                _ => (char)random.Next('a', 'f'),
            });
            if (kind >= 2 && random.Next(5) == 0)
            {
                text.Append(' ');
            }
        }

        return new(seed % 3 == 0 ? null : $"title {seed}", text.ToString(0, length));
    }
}
