namespace FakeNewsOnnx.Inference;

/// <summary>How an <see cref="ArticleClassifier"/> uses the machine. What the model means comes from its file.</summary>
public sealed record ArticleClassifierOptions
{
    /// <summary>Where the model runs.</summary>
    public Device Device { get; init; } = Device.Auto;

    /// <summary>On CUDA: refuses a model of which a single node would have to run on the CPU.</summary>
    public bool Strict { get; init; }

    /// <summary>Which CUDA device, from 0.</summary>
    public int DeviceId { get; init; }

    /// <summary>
    /// Further options of ONNX Runtime's CUDA execution provider, by the names that they have there: gpu_mem_limit, arena_extend_strategy, ….
    /// use_tf32 is 0 unless it is given, because it changes the third digit of fp32 products.
    /// </summary>
    public IReadOnlyDictionary<string, string> CudaOptions { get; init; } = new Dictionary<string, string>();

    /// <summary>Threads that work on one article together, at least 1. One is best for throughput, several for a single answer.</summary>
    public int ThreadsPerArticle { get; init; } = 1;

    /// <summary>Articles that <see cref="ArticleClassifier.ClassifyAsync"/> and <see cref="ArticleClassifier.Explain"/> work on at the same time on the CPU, at least 1; one per processor by default.</summary>
    public int ParallelArticles { get; init; } = Environment.ProcessorCount;

    /// <summary>Whether the threads of one article wait for work by spinning: a shorter answer, at the price of busy processors.</summary>
    public bool Spinning { get; init; }

    /// <summary>Whether ONNX Runtime keeps the memory of a run for the next one; without it, runs are slower and leave less behind.</summary>
    public bool Arena { get; init; } = true;

    /// <summary>What happens to an article with more tokens than the model reads.</summary>
    public LongArticles LongArticles { get; init; } = LongArticles.Truncate;

    /// <summary>Tokens from one window's start to the next, from 1 to the model's limit; half the limit by default. For <see cref="LongArticles.Window"/>.</summary>
    public int? WindowStride { get; init; }

    /// <summary>On CUDA, the most tokens of one batch, pads included; an article that is longer goes alone.</summary>
    public int TokensPerBatch { get; init; } = 1 << 14;

    /// <summary>What the numbers of a file mean that does not say so itself, such as one that Hugging Face's exporter wrote.</summary>
    public ModelContract? Contract { get; init; }

    /// <summary>Whether ONNX Runtime multiplies 8-bit integers on x64 the slower way that needs no VNNI; null for <see cref="Processor.NeedsExactProducts"/>.</summary>
    internal bool? ExactProducts { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ThreadsPerArticle);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ParallelArticles);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(TokensPerBatch);
        ArgumentOutOfRangeException.ThrowIfNegative(DeviceId);
        ArgumentNullException.ThrowIfNull(CudaOptions);
        if (CudaOptions.ContainsKey(DeviceSelection.CudaDeviceId))
        {
            throw new ArgumentException($"the CUDA option {DeviceSelection.CudaDeviceId} is {nameof(DeviceId)}'s.", nameof(CudaOptions));
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(WindowStride ?? 1, nameof(WindowStride));
    }
}
