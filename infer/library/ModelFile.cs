using System.Text;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace FakeNewsOnnx.Inference;

/// <summary>An ONNX file whose contract has been checked: tensors, manifest, tokenizer.</summary>
/// <param name="Session">The loaded graph.</param>
/// <param name="Manifest">What the labels and logits mean.</param>
/// <param name="Tokenizer">The model's tokenizer; null in a file for callers that bring token ids.</param>
internal sealed record ModelFile(InferenceSession Session, Manifest Manifest, Gpt2Tokenizer? Tokenizer)
{
    public const string InputIds = "input_ids";
    public const string AttentionMask = "attention_mask";
    public const string Logits = "logits";

    /// <summary>Loads a file on the CPU.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not ONNX, or not a classifier of this project.</exception>
    public static ModelFile Load(string path, int threads)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: there is no such model file.", path);
        }

        var session = OpenSession(path, threads);
        try
        {
            var metadata = session.ModelMetadata.CustomMetadataMap;
            if (!metadata.TryGetValue(Manifest.MetadataKey, out string? json))
            {
                throw new InvalidDataException(
                    $"{path}: expected the metadata '{Manifest.MetadataKey}', which says what the labels mean; found none. Was the file written by 'export onnx'?");
            }

            var manifest = Manifest.Parse(Encoding.UTF8.GetBytes(json), path);
            RequireTensor(session.InputMetadata, InputIds, TensorElementType.Int64);
            RequireTensor(session.InputMetadata, AttentionMask, TensorElementType.Int64);
            RequireTensor(session.OutputMetadata, Logits, TensorElementType.Float);
            if (session.OutputMetadata[Logits].Dimensions is not [_, var labels] || (labels > 0 && labels != manifest.Labels.Count))
            {
                throw new InvalidDataException(
                    $"{path}: expected '{Logits}' of shape [batch, {manifest.Labels.Count}], one per label; found [{string.Join(", ", session.OutputMetadata[Logits].Dimensions)}].");
            }

            return new(session, manifest, ReadTokenizer(metadata, manifest));
        }
        catch
        {
            session.Dispose();
            throw;
        }

        void RequireTensor(IReadOnlyDictionary<string, NodeMetadata> tensors, string name, TensorElementType type)
        {
            if (!tensors.TryGetValue(name, out var tensor) || !tensor.IsTensor || tensor.ElementDataType != type)
            {
                throw new InvalidDataException($"{path}: expected '{name}' ({type}); found {string.Join(", ", tensors.Select(t => $"'{t.Key}' ({t.Value.ElementDataType})"))}.");
            }
        }

        Gpt2Tokenizer? ReadTokenizer(Dictionary<string, string> metadata, Manifest manifest)
        {
            if (!metadata.TryGetValue(Gpt2Tokenizer.VocabularyFile, out string? vocabulary) || !metadata.TryGetValue(Gpt2Tokenizer.MergesFile, out string? merges))
            {
                return manifest.TokenizerSha256 == null
                    ? null
                    : throw new InvalidDataException($"{path}: expected the metadata '{Gpt2Tokenizer.VocabularyFile}' and '{Gpt2Tokenizer.MergesFile}', as the manifest names a tokenizer; found none.");
            }

            Gpt2Tokenizer tokenizer;
            try
            {
                tokenizer = Gpt2Tokenizer.Create(Encoding.UTF8.GetBytes(vocabulary), Encoding.UTF8.GetBytes(merges));
            }
            catch (InvalidDataException e)
            {
                throw new InvalidDataException($"{path}: {e.Message}", e);
            }

            return tokenizer.Sha256 == manifest.TokenizerSha256
                ? tokenizer
                : throw new InvalidDataException($"{path}: the tokenizer was changed after training: expected SHA-256 {manifest.TokenizerSha256 ?? "(none)"}; found {tokenizer.Sha256}.");
        }
    }

    private static InferenceSession OpenSession(string path, int threads)
    {
        using var options = new SessionOptions
        {
            // A failure comes as an exception; the same text on standard error would only be noise.
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,

            // Articles differ in length, and each new length would leave its own memory plan behind.
            EnableMemoryPattern = false,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        options.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");

        // A CPU without VNNI adds products of 8-bit integers in 16 bits, where they can overflow; this takes a slower, exact way there.
        options.AddSessionConfigEntry("session.x64quantprecision", "1");
        try
        {
            return new(path, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException($"{path}: expected an ONNX model; ONNX Runtime says: {e.Message}", e);
        }
    }
}
