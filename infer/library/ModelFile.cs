using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace FakeNewsOnnx.Inference;

/// <summary>An ONNX file whose contract has been checked: tensors, manifest, tokenizer.</summary>
/// <param name="Session">The loaded graph.</param>
/// <param name="Device">Where it runs, and why.</param>
/// <param name="Manifest">What the labels and logits mean.</param>
/// <param name="Tokenizer">The model's tokenizer; null in a file for callers that bring token ids.</param>
internal sealed record ModelFile(InferenceSession Session, DeviceChoice Device, Manifest Manifest, Gpt2Tokenizer? Tokenizer)
{
    public const string InputIds = "input_ids";
    public const string AttentionMask = "attention_mask";
    public const string Logits = "logits";

    /// <summary>Loads a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not ONNX, or not a classifier of this project.</exception>
    /// <exception cref="PlatformNotSupportedException">CUDA was asked for and does not work.</exception>
    public static ModelFile Load(string path, ArticleClassifierOptions options)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: there is no such model file.", path);
        }

        var metadata = OnnxMetadata.Read(path);
        var manifest = metadata.TryGetValue(Manifest.MetadataKey, out var json) ? Manifest.Parse(json.Span, path) : null;
        if (manifest != null && options.Contract != null)
        {
            throw new ArgumentException($"{path}: the file says itself what its numbers mean; expected no other contract.", nameof(options));
        }

        // Both take their time: the graph on this thread, the tokenizer on another one.
        var tokenizerTask = Task.Run(() => manifest == null ? options.Contract?.ReadTokenizer() : ReadTokenizer(path, metadata, manifest));
        var (session, device) = DeviceSelection.Open(path, options, manifest?.Precision);
        try
        {
            var tokenizer = tokenizerTask.GetAwaiter().GetResult();
            manifest ??= options.Contract?.ToManifest(tokenizer) ?? throw new InvalidDataException(
                $"{path}: expected the metadata '{Manifest.MetadataKey}', which says what the labels mean; found none. Was the file written by 'export onnx'?");
            RequireTensors(path, session, manifest.Labels.Count);
            if (options.WindowStride > manifest.MaxTokens)
            {
                throw new ArgumentException($"WindowStride must be at most the model's {manifest.MaxTokens} tokens; found {options.WindowStride}.", nameof(options));
            }

            return new(session, device, manifest, tokenizer);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>The tokenizer that a file carries; null if it carries none and its manifest names none.</summary>
    /// <exception cref="InvalidDataException">It is broken, or another one than the manifest names.</exception>
    internal static Gpt2Tokenizer? ReadTokenizer(string path, Dictionary<string, ReadOnlyMemory<byte>> metadata, Manifest manifest)
    {
        if (!metadata.TryGetValue(Gpt2Tokenizer.VocabularyFile, out var vocabulary) || !metadata.TryGetValue(Gpt2Tokenizer.MergesFile, out var merges))
        {
            return manifest.TokenizerSha256 == null
                ? null
                : throw new InvalidDataException($"{path}: expected the metadata '{Gpt2Tokenizer.VocabularyFile}' and '{Gpt2Tokenizer.MergesFile}', as the manifest names a tokenizer; found none.");
        }

        Gpt2Tokenizer tokenizer;
        try
        {
            tokenizer = Gpt2Tokenizer.Create(vocabulary, merges);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }

        return tokenizer.Sha256 == manifest.TokenizerSha256
            ? tokenizer
            : throw new InvalidDataException($"{path}: the tokenizer was changed after training: expected SHA-256 {manifest.TokenizerSha256 ?? "(none)"}; found {tokenizer.Sha256}.");
    }

    private static void RequireTensors(string path, InferenceSession session, int labels)
    {
        Require(session.InputMetadata, InputIds, TensorElementType.Int64);
        Require(session.InputMetadata, AttentionMask, TensorElementType.Int64);
        Require(session.OutputMetadata, Logits, TensorElementType.Float);
        if (session.InputMetadata.Count > 2)
        {
            throw new InvalidDataException($"{path}: expected the inputs '{InputIds}' and '{AttentionMask}' only; found {string.Join(", ", session.InputMetadata.Keys.Select(name => $"'{name}'"))}.");
        }

        if (session.OutputMetadata[Logits].Dimensions is not [_, var columns] || (columns > 0 && columns != labels))
        {
            throw new InvalidDataException(
                $"{path}: expected '{Logits}' of shape [batch, {labels}], one per label; found [{string.Join(", ", session.OutputMetadata[Logits].Dimensions)}].");
        }

        void Require(IReadOnlyDictionary<string, NodeMetadata> tensors, string name, TensorElementType type)
        {
            if (!tensors.TryGetValue(name, out var tensor) || !tensor.IsTensor || tensor.ElementDataType != type)
            {
                throw new InvalidDataException($"{path}: expected '{name}' ({type}); found {string.Join(", ", tensors.Select(t => $"'{t.Key}' ({t.Value.ElementDataType})"))}.");
            }
        }
    }
}
