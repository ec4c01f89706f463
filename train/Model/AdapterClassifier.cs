using FakeNewsOnnx.Checkpoint;
using TorchSharp;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Model;

/// <summary>A base model, with an adapter or without, that classifies articles in TorchSharp.</summary>
internal sealed class AdapterClassifier : IDisposable
{
    private readonly Gpt2Config _config;

    private AdapterClassifier(Gpt2ForSequenceClassification model, Gpt2Config config, Gpt2Tokenizer tokenizer, IReadOnlyList<string> labels, int padTokenId, int maxTokens, double temperature, IReadOnlyList<string> notes)
    {
        Model = model;
        _config = config;
        Tokenizer = tokenizer;
        Labels = labels;
        PadTokenId = padTokenId;
        MaxTokens = maxTokens;
        Temperature = temperature;
        Notes = notes;
        Model.eval();
    }

    /// <summary>The model, in evaluation mode.</summary>
    public Gpt2ForSequenceClassification Model { get; }

    /// <summary>The token that pooling skips and that fills batches.</summary>
    public int PadTokenId { get; }

    /// <summary>Label names in the order of their ids.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The base's tokenizer.</summary>
    public Gpt2Tokenizer Tokenizer { get; }

    /// <summary>Tokens of an article that the model reads.</summary>
    public int MaxTokens { get; }

    /// <summary>T of probabilities = softmax(logits / T).</summary>
    public double Temperature { get; }

    /// <summary>What the user should know about the adapter, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <param name="baseDirectory">The base model.</param>
    /// <param name="adapterDirectory">The adapter; null for the base alone, with its own head or, if it has none, a new one.</param>
    /// <param name="device">Where the model runs; null for the CPU.</param>
    /// <param name="labels">Label names in the order of their ids; null for those that the adapter says.</param>
    /// <param name="frozen">How the frozen matrices are kept: Float32 or BFloat16.</param>
    /// <exception cref="InvalidDataException">A file breaks its format, or base, adapter and labels do not fit.</exception>
    public static AdapterClassifier Open(string baseDirectory, string? adapterDirectory, Device? device = null, IReadOnlyList<string>? labels = null, ScalarType frozen = ScalarType.Float32)
    {
        using BaseModel baseModel = BaseModel.Open(baseDirectory);
        using AdapterDirectory? adapter = adapterDirectory is null ? null : AdapterDirectory.Open(adapterDirectory, baseModel.Config);
        Manifest? manifest = adapter?.Manifest;
        IReadOnlyList<string> names = labels ?? manifest?.Labels
            ?? throw new InvalidDataException($"{adapterDirectory}: {Manifest.FileName} is missing, which says what the labels mean.");
        int pad = manifest?.PadTokenId ?? baseModel.Config.EffectivePadTokenId;
        Gpt2Tokenizer tokenizer = baseModel.RequireTokenizer();
        Gpt2ForSequenceClassification model = ModelLoader.Build(baseModel, adapter?.Config, adapter, names.Count, pad, frozen: frozen).to(device ?? CPU);
        return new(model, baseModel.Config, tokenizer, names, pad, manifest?.MaxTokens ?? baseModel.Config.Positions, manifest?.Temperature ?? 1, adapter?.Notes ?? []);
    }

    /// <summary>The probability of each label.</summary>
    public float[] Classify(Article article)
    {
        using var _ = no_grad();
        int[] ids = Tokenizer.Encode(article, MaxTokens).InputIds;
        return Probabilities.FromLogits(BatchLogits.Compute(Model, [ids], PadTokenId)[0], Temperature);
    }

    /// <summary>How large the outputs of the LayerNorms get on these articles, for <see cref="ActivationRangesFile"/>.</summary>
    public IReadOnlyDictionary<string, float[]> RecordActivationRanges(IEnumerable<int[]> articles, CancellationToken cancellation) =>
        ActivationRanges.Record(Model, _config, articles, cancellation);

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
