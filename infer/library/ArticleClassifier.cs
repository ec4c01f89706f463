using System.Runtime.InteropServices;

namespace FakeNewsOnnx.Inference;

/// <summary>
/// Scores news articles with one ONNX file. An article's score never depends on its neighbours: on the CPU every article
/// is a run of its own; on CUDA, rows of like length share a run. All members may be called by many threads at once; one
/// instance serves a process.
/// </summary>
/// <example>
/// <code>
/// using var classifier = ArticleClassifier.Load("model.onnx");
/// var result = classifier.Classify(new Article("Council approves new bridge", "The city council voted on Tuesday …"));
/// Console.WriteLine($"{result.Label} {result.Score:P1}");
/// </code>
/// </example>
public sealed partial class ArticleClassifier : IDisposable
{
    /// <summary>Articles that are sorted by length and packed together on CUDA.</summary>
    internal const int ArticlesPerPack = 512;

    private readonly string _path;
    private readonly ModelFile _model;
    private readonly ArticleClassifierOptions _options;
    private readonly TokenWindows _windows;
    private readonly RunPool _runs;

    private ArticleClassifier(string path, ModelFile model, ArticleClassifierOptions options)
    {
        _path = path;
        _model = model;
        _options = options;
        _runs = new(model.Session, model.Manifest.MaxTokens, model.Manifest.Labels.Count, model.Device.Device == Inference.Device.Cuda ? options.DeviceId : null);
        _windows = new(Manifest.MaxTokens, options.WindowStride ?? Math.Max(1, Manifest.MaxTokens / 2));
    }

    /// <summary>What the file says about itself: labels, limits, temperature, where it comes from.</summary>
    public Manifest Manifest => _model.Manifest;

    /// <summary>The label names in the order of their ids.</summary>
    public IReadOnlyList<string> Labels => Manifest.Labels;

    /// <summary>Where the model runs, and why.</summary>
    public DeviceChoice Device => _model.Device;

    /// <summary>Whether the file holds a tokenizer; without one it takes token ids only.</summary>
    public bool HasTokenizer => _model.Tokenizer != null;

    /// <summary>Whether several articles share a run.</summary>
    internal bool Packs => Device.Device == Inference.Device.Cuda && Manifest.Precision is "fp32" or "fp16";

    private int TokensToRead => _options.LongArticles == LongArticles.Window ? int.MaxValue : Manifest.MaxTokens;

    /// <summary>Loads a model file; labels, tokenizer, lengths and temperature come from it.</summary>
    /// <param name="modelPath">The ONNX file that <c>export onnx</c> wrote, or another one with <see cref="ArticleClassifierOptions.Contract"/>.</param>
    /// <param name="options">How to use the machine; null for the defaults.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not an ONNX model, not a classifier of this project, or was changed.</exception>
    /// <exception cref="PlatformNotSupportedException">CUDA was asked for and does not work; the message says what is missing.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static ArticleClassifier Load(string modelPath, ArticleClassifierOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        options ??= new();
        options.Validate();
        return new(modelPath, ModelFile.Load(modelPath, options), options);
    }

    /// <summary>Scores one article; a missing title scores as an empty one.</summary>
    /// <exception cref="ArgumentException">The article has no content.</exception>
    /// <exception cref="InvalidOperationException">The file holds no tokenizer.</exception>
    /// <exception cref="InvalidDataException">The model cannot be run, or gave a logit that is not a finite number.</exception>
    /// <exception cref="ObjectDisposedException">The classifier has been disposed.</exception>
    public Classification Classify(Article article)
    {
        RequireContent(article);
        return ClassifyEvenEmpty(article);
    }

    /// <summary>Scores an article that the caller has encoded.</summary>
    /// <param name="inputIds">Token ids without padding: at least one, at most <see cref="Manifest.MaxTokens"/>.</param>
    /// <exception cref="ArgumentException">There is no token, or more than the model reads.</exception>
    /// <exception cref="InvalidDataException">The model cannot be run, or gave a logit that is not a finite number.</exception>
    /// <exception cref="ObjectDisposedException">The classifier has been disposed.</exception>
    public Classification Classify(ReadOnlySpan<int> inputIds)
    {
        if (inputIds.IsEmpty || inputIds.Length > Manifest.MaxTokens)
        {
            throw new ArgumentException($"expected from 1 to {Manifest.MaxTokens} token ids; found {inputIds.Length}.", nameof(inputIds));
        }

        using var call = _runs.Begin();
        return Describe(ComputeLogits(call.Run, inputIds), inputIds.Length, truncated: false);
    }

    /// <summary>Scores a stream of articles on several threads; the results keep the articles' order, and few are held at a time.</summary>
    /// <param name="articles">Articles with content.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <exception cref="ArgumentException">An article has no content.</exception>
    /// <exception cref="InvalidOperationException">The file holds no tokenizer.</exception>
    /// <exception cref="InvalidDataException">The model cannot be run, or gave a logit that is not a finite number.</exception>
    public IAsyncEnumerable<Classification> ClassifyAsync(IAsyncEnumerable<Article> articles, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(articles);
        return Packs
            ? articles.Chunk(ArticlesPerPack).SelectInOrderAsync(ClassifyPacked, workers: 2, cancellationToken).SelectMany(pack => pack)
            : articles.SelectInOrderAsync(Classify, _options.ParallelArticles, cancellationToken);
    }

    /// <summary>Scores several articles in padded batches of like length, sorted by length, whatever the device.</summary>
    /// <remarks>A logit that is not finite is an error of the whole pack.</remarks>
    internal Classification[] ClassifyPacked(IReadOnlyList<Article> articles)
    {
        using var call = _runs.Begin();
        var rows = new List<int[]>();
        var encoded = new (int Tokens, bool Truncated)[articles.Count];
        foreach (var (i, article) in articles.Index())
        {
            RequireContent(article);
            var ids = Encode(call.Run, article, out bool truncated);
            encoded[i] = (ids.Length, truncated);
            foreach (var window in _windows.Of(ids.Length))
            {
                rows.Add(ids[window].ToArray());
            }
        }

        float[][] logits = ComputePackedLogits(rows, _options.TokensPerBatch);
        int row = 0;
        return [.. encoded.Select(article =>
        {
            int windows = _windows.Count(article.Tokens);
            row += windows;
            return Describe(Mean(logits.AsSpan(row - windows, windows)), article.Tokens, article.Truncated);
        })];
    }

    /// <summary>The logits of rows that share runs.</summary>
    internal float[][] ComputePackedLogits(IReadOnlyList<int[]> rows, int tokenBudget)
    {
        using var call = _runs.Begin();
        return Packing.ComputeLogits(rows, Manifest.PadTokenId, tokenBudget, call.Batches.ComputeLogits);
    }

    /// <summary>Scores the articles that the file carries, and compares tokens and logits with those of training.</summary>
    /// <exception cref="InvalidDataException">The file carries no self-test.</exception>
    public SelfTestReport RunSelfTest() => SelfTestReport.Run(_path, Manifest, _model.Tokenizer, ids => Classify(ids).Logits);

    /// <summary>Ends the classifier. A call in progress still finishes; a later one throws <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => _runs.Dispose();

    private static void RequireContent(Article article)
    {
        ArgumentNullException.ThrowIfNull(article);
        if (string.IsNullOrEmpty(article.Content))
        {
            throw new ArgumentException("the article has no content.", nameof(article));
        }
    }

    private static float[] Mean(ReadOnlySpan<float[]> windows)
    {
        float[] mean = [.. windows[0]];
        for (int i = 0; i < mean.Length && windows.Length > 1; i++)
        {
            double sum = 0;
            foreach (float[] window in windows)
            {
                sum += window[i];
            }

            mean[i] = (float)(sum / windows.Length);
        }

        return mean;
    }

    /// <summary>As <see cref="Classify(Article)"/>; an article without content is its title.</summary>
    private Classification ClassifyEvenEmpty(Article article)
    {
        using var call = _runs.Begin();
        var ids = Encode(call.Run, article, out bool truncated);
        return Describe(ComputeLogits(call.Run, ids), ids.Length, truncated);
    }

    private ReadOnlySpan<int> Encode(ModelRun run, Article article, out bool truncated) => _model.Tokenizer is { } tokenizer
        ? run.Encode(article, tokenizer, TokensToRead, out truncated)
        : throw new InvalidOperationException($"{_path}: the file holds no tokenizer; give it token ids instead.");

    private float[] ComputeLogits(ModelRun run, ReadOnlySpan<int> inputIds)
    {
        if (inputIds.Length <= Manifest.MaxTokens)
        {
            return [.. run.ComputeLogits(inputIds)];
        }

        var logits = new List<float[]>();
        foreach (var window in _windows.Of(inputIds.Length))
        {
            logits.Add([.. run.ComputeLogits(inputIds[window])]);
        }

        return Mean(CollectionsMarshal.AsSpan(logits));
    }

    private Classification Describe(float[] logits, int tokenCount, bool truncated)
    {
        int best = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            if (!float.IsFinite(logits[i]))
            {
                throw new InvalidDataException($"{_path}: expected finite logits; found {string.Join(", ", logits)}.");
            }

            best = logits[i] > logits[best] ? i : best;
        }

        float[] probabilities = Probabilities.FromLogits(logits, Manifest.Temperature);
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
}
