using System.Collections.Concurrent;

namespace FakeNewsOnnx.Inference;

/// <summary>
/// Scores news articles with one ONNX file, on the CPU. Every article is a run of its own, so its score never depends on
/// its neighbours. All members may be called by many threads at once; one instance serves a process.
/// </summary>
/// <example>
/// <code>
/// using var classifier = ArticleClassifier.Load("model.onnx");
/// var result = classifier.Classify(new Article("Council approves new bridge", "The city council voted on Tuesday …"));
/// Console.WriteLine($"{result.Label} {result.Score:P1}");
/// </code>
/// </example>
public sealed class ArticleClassifier : IDisposable
{
    private readonly string _path;
    private readonly ModelFile _model;
    private readonly ArticleClassifierOptions _options;
    private readonly ConcurrentBag<ModelRun> _idleRuns = [];
    private readonly Lock _gate = new();
    private int _callsInProgress;
    private bool _disposed;

    private ArticleClassifier(string path, ModelFile model, ArticleClassifierOptions options)
    {
        _path = path;
        _model = model;
        _options = options;
    }

    /// <summary>What the file says about itself: labels, limits, temperature, where it comes from.</summary>
    public Manifest Manifest => _model.Manifest;

    /// <summary>The label names in the order of their ids.</summary>
    public IReadOnlyList<string> Labels => Manifest.Labels;

    /// <summary>Whether the file holds a tokenizer; without one it takes token ids only.</summary>
    public bool HasTokenizer => _model.Tokenizer != null;

    /// <summary>Loads a model file; labels, tokenizer, lengths and temperature come from it.</summary>
    /// <param name="modelPath">The ONNX file that <c>export onnx</c> wrote.</param>
    /// <param name="options">How to use the machine; null for the defaults.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not an ONNX model, not a classifier of this project, or was changed.</exception>
    public static ArticleClassifier Load(string modelPath, ArticleClassifierOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        options ??= new();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.ThreadsPerArticle);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.ParallelArticles);
        return new(modelPath, ModelFile.Load(modelPath, options.ThreadsPerArticle), options);
    }

    /// <summary>Scores one article; a missing title scores as an empty one.</summary>
    /// <exception cref="ArgumentException">The article has no content.</exception>
    /// <exception cref="InvalidOperationException">The file holds no tokenizer.</exception>
    /// <exception cref="InvalidDataException">The model gave a logit that is not a finite number.</exception>
    /// <exception cref="ObjectDisposedException">The classifier has been disposed.</exception>
    public Classification Classify(Article article)
    {
        ArgumentNullException.ThrowIfNull(article);
        if (string.IsNullOrEmpty(article.Content))
        {
            throw new ArgumentException("the article has no content.", nameof(article));
        }

        var encoded = Encode(article);
        return Classify(encoded.InputIds, encoded.Truncated);
    }

    /// <summary>Scores an article that the caller has encoded.</summary>
    /// <param name="inputIds">Token ids without padding: at least one, at most <see cref="Manifest.MaxTokens"/>.</param>
    /// <exception cref="ArgumentException">There is no token, or more than the model reads.</exception>
    /// <exception cref="InvalidDataException">The model gave a logit that is not a finite number.</exception>
    /// <exception cref="ObjectDisposedException">The classifier has been disposed.</exception>
    public Classification Classify(ReadOnlySpan<int> inputIds)
    {
        if (inputIds.IsEmpty || inputIds.Length > Manifest.MaxTokens)
        {
            throw new ArgumentException($"expected from 1 to {Manifest.MaxTokens} token ids; found {inputIds.Length}.", nameof(inputIds));
        }

        return Classify(inputIds, truncated: false);
    }

    /// <summary>Scores a stream of articles on several threads; the results keep the articles' order, and few are held at a time.</summary>
    /// <param name="articles">Articles with content.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <exception cref="ArgumentException">An article has no content.</exception>
    /// <exception cref="InvalidOperationException">The file holds no tokenizer.</exception>
    public IAsyncEnumerable<Classification> ClassifyAsync(IAsyncEnumerable<Article> articles, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(articles);
        return articles.SelectInOrderAsync(Classify, _options.ParallelArticles, cancellationToken);
    }

    /// <summary>Scores the articles that the file carries, and compares tokens and logits with those of training.</summary>
    /// <exception cref="InvalidDataException">The file carries no self-test.</exception>
    public SelfTestReport RunSelfTest()
    {
        if (Manifest.SelfTest is not { Cases.Count: > 0, Tolerance: { } tolerance } selfTest)
        {
            throw new InvalidDataException($"{_path}: the file carries no self-test, so nothing shows that it computes what was trained.");
        }

        float maxDifference = 0;
        var failures = new List<string>();
        foreach (var (i, test) in selfTest.Cases.Index())
        {
            int[] ids = [.. test.InputIds];
            if (HasTokenizer && !Encode(new(test.Title, test.Content)).InputIds.AsSpan().SequenceEqual(ids))
            {
                failures.Add($"case {i} ('{test.Title}'): other token ids than in training.");
            }

            var logits = Classify(ids).Logits;
            float difference = logits.Zip(test.Logits, (actual, expected) => MathF.Abs(actual - expected)).Max();
            double allowed = tolerance * Math.Max(1, test.Logits.Max(MathF.Abs));
            maxDifference = MathF.Max(maxDifference, difference);
            if (!(difference <= allowed))
            {
                failures.Add($"case {i} ('{test.Title}'): expected logits within {allowed:G3}; found a difference of {difference:G3}.");
            }
        }

        return new() { Cases = selfTest.Cases.Count, MaxAbsLogitDifference = maxDifference, Tolerance = tolerance, Failures = failures };
    }

    /// <summary>Ends the classifier. A call in progress still finishes; a later one throws <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _disposed = true;
                ReleaseIfUnused();
            }
        }
    }

    private EncodedArticle Encode(Article article) => _model.Tokenizer is { } tokenizer
        ? tokenizer.Encode(article, Manifest.MaxTokens)
        : throw new InvalidOperationException($"{_path}: the file holds no tokenizer; give it token ids instead.");

    private Classification Classify(ReadOnlySpan<int> inputIds, bool truncated)
    {
        BeginCall();
        if (!_idleRuns.TryTake(out var run))
        {
            run = new(_model.Session, Manifest.MaxTokens, Labels.Count);
        }

        try
        {
            return Describe([.. run.ComputeLogits(inputIds)], inputIds.Length, truncated);
        }
        finally
        {
            _idleRuns.Add(run);
            EndCall();
        }
    }

    private Classification Describe(float[] logits, int tokenCount, bool truncated)
    {
        if (!logits.All(float.IsFinite))
        {
            throw new InvalidDataException($"{_path}: expected finite logits; found {string.Join(", ", logits)}.");
        }

        float[] probabilities = Probabilities.FromLogits(logits, Manifest.Temperature);
        int best = Array.IndexOf(logits, logits.Max());
        return new()
        {
            Label = Labels[best],
            Score = probabilities[best],
            Probabilities = probabilities,
            Logits = logits,
            TokenCount = tokenCount,
            Truncated = truncated,
        };
    }

    private void BeginCall()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _callsInProgress++;
        }
    }

    private void EndCall()
    {
        lock (_gate)
        {
            _callsInProgress--;
            ReleaseIfUnused();
        }
    }

    private void ReleaseIfUnused()
    {
        if (_disposed && _callsInProgress == 0)
        {
            foreach (var run in _idleRuns)
            {
                run.Dispose();
            }

            _model.Session.Dispose();
        }
    }
}
