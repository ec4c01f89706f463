using System.Text.Unicode;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Export;

/// <summary>Writes one ONNX file that is the whole classifier: graph, merged weights, manifest and tokenizer.</summary>
internal static class OnnxExport
{
    private const int MaxModelCardBytes = 1 << 20;

    /// <summary>The buffers of weights that are written already; left to itself the collector lets several times this pile up.</summary>
    private const long MaxGarbageBytes = 100_000_000;

    /// <param name="baseDirectory">The base model.</param>
    /// <param name="adapterDirectory">The adapter; null for a base that brings its own head.</param>
    /// <param name="options">What kind of file.</param>
    /// <param name="target">The file; it appears whole or not at all.</param>
    /// <param name="cancellation">Looked at before each weight.</param>
    /// <exception cref="InvalidDataException">An input breaks its format, or the inputs don't fit together.</exception>
    /// <exception cref="IOException">An input can't be read or the target can't be written.</exception>
    /// <exception cref="UsageException">The label names are missing or not as many as the head has, or the options exclude one another.</exception>
    public static OnnxExportReport Write(string baseDirectory, string? adapterDirectory, OnnxExportOptions options, string target, CancellationToken cancellation)
    {
        using BaseModel baseModel = BaseModel.Open(baseDirectory);
        options.Validate(baseModel.Config);
        using AdapterDirectory? adapter = adapterDirectory is null ? null : AdapterDirectory.Open(adapterDirectory, baseModel.Config);
        var model = new MergedModel(baseModel, adapter);
        TokenizerFiles? tokenizer = baseModel.ReadTokenizer();
        Manifest manifest = ExportManifest.OfFile(
            ExportManifest.Create(baseModel, tokenizer?.Tokenizer.Sha256, adapter?.Manifest, model.Labels, options.Labels), adapterDirectory, options);
        ActivationRangesFile? ranges = options.Precision == Precision.Int8 ? ActivationRangesFile.TryLoad(adapterDirectory, model.Config) : null;
        Func<string, float[]> weights = ranges is null ? Read : new ScaleMigration(Read, ranges, model.Config).Read;
        List<KeyValuePair<string, ReadOnlyMemory<byte>>> metadata = Metadata(manifest, tokenizer, adapterDirectory);
        OnnxModel onnx = Gpt2Graph.Build(model.Config, model.Labels, manifest.PadTokenId, weights, options, metadata);
        long bytes = OnnxFiles.Write(target, onnx, options.ExternalData);
        return new(bytes, manifest.Labels, model.MergedParameters, adapter?.Notes ?? [], ranges is not null);

        float[] Read(string name)
        {
            cancellation.ThrowIfCancellationRequested();
            if (GC.GetTotalMemory(forceFullCollection: false) > MaxGarbageBytes)
            {
                GC.Collect();
            }

            return model.Read(name);
        }
    }

    private static List<KeyValuePair<string, ReadOnlyMemory<byte>>> Metadata(Manifest manifest, TokenizerFiles? tokenizer, string? adapterDirectory)
    {
        var metadata = new List<KeyValuePair<string, ReadOnlyMemory<byte>>> { new(Manifest.MetadataKey, manifest.ToUtf8Json()) };
        if (tokenizer is not null)
        {
            metadata.Add(new(Gpt2Tokenizer.VocabularyFile, tokenizer.Vocabulary));
            metadata.Add(new(Gpt2Tokenizer.MergesFile, tokenizer.Merges));
        }

        string? modelCard = adapterDirectory is null ? null : Path.Combine(adapterDirectory, AdapterDirectory.ModelCardFile);
        if (File.Exists(modelCard))
        {
            metadata.Add(new(AdapterDirectory.ModelCardFile, ReadModelCard(modelCard)));
        }

        foreach (var (key, text) in metadata)
        {
            if (!Utf8.IsValid(text.Span))
            {
                throw new InvalidDataException($"{key}: expected UTF-8 text; found other bytes.");
            }
        }

        return metadata;
    }

    private static byte[] ReadModelCard(string path) => new FileInfo(path).Length <= MaxModelCardBytes
        ? File.ReadAllBytes(path)
        : throw new InvalidDataException($"{path}: a model card has at most {MaxModelCardBytes} bytes; found {new FileInfo(path).Length}.");
}

/// <summary>What an export did.</summary>
/// <param name="Bytes">Size of the file, with that of the weights beside it.</param>
/// <param name="Labels">Label names in the order of their ids.</param>
/// <param name="MergedParameters">Elements of the adapter without its head; 0 without an adapter.</param>
/// <param name="Notes">What the user should know about the adapter, a sentence each.</param>
/// <param name="HasActivationRanges">Whether recorded activation ranges were used.</param>
internal sealed record OnnxExportReport(
    long Bytes, IReadOnlyList<string> Labels, long MergedParameters, IReadOnlyList<string> Notes, bool HasActivationRanges);
