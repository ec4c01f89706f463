namespace FakeNewsOnnx.Inference;

/// <summary>What the numbers of a model file mean, for a file that carries no manifest of its own.</summary>
public sealed record ModelContract
{
    /// <summary>Label names in the order of their ids, at least two.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Tokens of an article that the model reads, from its start; at most the model's positions. 1024 for GPT-2.</summary>
    public int MaxTokens { get; init; } = 1024;

    /// <summary>Token id that fills a row on the right and that pooling skips; 50256 for GPT-2.</summary>
    public int PadTokenId { get; init; } = 50256;

    /// <summary>T &gt; 0 in probabilities = softmax(logits / T).</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>The folder of <see cref="Gpt2Tokenizer.VocabularyFile"/> and <see cref="Gpt2Tokenizer.MergesFile"/>; null for callers that bring token ids.</summary>
    public string? TokenizerFolder { get; init; }

    /// <summary>The tokenizer of <see cref="TokenizerFolder"/>.</summary>
    /// <exception cref="InvalidDataException">A file is not what it should be.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    internal Gpt2Tokenizer? ReadTokenizer() => TokenizerFolder == null ? null : Gpt2Tokenizer.Create(
        File.ReadAllBytes(Path.Combine(TokenizerFolder, Gpt2Tokenizer.VocabularyFile)),
        File.ReadAllBytes(Path.Combine(TokenizerFolder, Gpt2Tokenizer.MergesFile)));

    /// <summary>The same as a manifest.</summary>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    internal Manifest ToManifest(Gpt2Tokenizer? tokenizer)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxTokens);
        ArgumentOutOfRangeException.ThrowIfNegative(PadTokenId);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Temperature);
        return new()
        {
            Version = Manifest.CurrentVersion,
            Labels = new LabelMap(Labels).Names,
            PadTokenId = PadTokenId,
            Pooling = Manifest.RightmostNonPad,
            MaxTokens = MaxTokens,
            TextFormat = Article.TextFormat,
            Temperature = Temperature,
            TokenizerSha256 = tokenizer?.Sha256,
        };
    }
}
