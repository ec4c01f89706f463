using FakeNewsOnnx.Data;
using FakeNewsOnnx.Train.Lora;
using FakeNewsOnnx.Train.Training;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train;

/// <summary>A base model with an adapter that classifies articles in TorchSharp.</summary>
internal sealed class AdapterClassifier : IDisposable
{
    private readonly Gpt2ForSequenceClassification _model;
    private readonly Gpt2Tokenizer _tokenizer;
    private readonly Manifest _manifest;

    private AdapterClassifier(Gpt2ForSequenceClassification model, Gpt2Tokenizer tokenizer, Manifest manifest, IReadOnlyList<string> notes)
    {
        Notes = notes;
        _model = model;
        _tokenizer = tokenizer;
        _manifest = manifest;
        _model.eval();
    }

    /// <summary>Label names in the order of their ids.</summary>
    public IReadOnlyList<string> Labels => _manifest.Labels;

    /// <summary>What the user should know about the adapter, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <exception cref="InvalidDataException">A file breaks its format, or base and adapter do not fit.</exception>
    public static AdapterClassifier Open(string baseDirectory, string adapterDirectory)
    {
        using BaseModel baseModel = BaseModel.Open(baseDirectory);
        using AdapterDirectory adapter = AdapterDirectory.Open(adapterDirectory, baseModel.Config);
        Manifest manifest = adapter.Manifest
            ?? throw new InvalidDataException($"{adapterDirectory}: {Manifest.FileName} is missing, which says what the labels mean.");
        Gpt2Tokenizer tokenizer = baseModel.RequireTokenizer();
        return new(ModelLoader.Build(baseModel, adapter.Config, adapter, manifest.Labels.Count, manifest.PadTokenId), tokenizer, manifest, adapter.Notes);
    }

    /// <summary>The probability of each label.</summary>
    public float[] Classify(Article article)
    {
        using var _ = no_grad();
        int[] ids = _tokenizer.Encode(article, _manifest.MaxTokens).InputIds;
        return Probabilities.FromLogits(Evaluation.RunBatch(_model, [ids], _manifest.PadTokenId)[0], _manifest.Temperature);
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();
}
