using System.Text.Unicode;
using FakeNewsOnnx.Data;

namespace FakeNewsOnnx.Export;

/// <summary>Writes one ONNX file that is the whole classifier: graph, merged weights, manifest and tokenizer.</summary>
internal static class OnnxExport
{
    /// <param name="baseDirectory">The base model.</param>
    /// <param name="adapterDirectory">The adapter; null for a base that brings its own head.</param>
    /// <param name="labels">Label names that replace those of the manifest or the configuration; null to keep those.</param>
    /// <param name="target">The file; it appears whole or not at all.</param>
    /// <param name="cancellation">Looked at before each weight.</param>
    /// <exception cref="InvalidDataException">An input breaks its format, or the inputs don't fit together.</exception>
    /// <exception cref="IOException">An input can't be read or the target can't be written.</exception>
    /// <exception cref="UsageException"><paramref name="labels"/> are missing or not as many as the head has.</exception>
    public static OnnxExportReport Write(string baseDirectory, string? adapterDirectory, LabelMap? labels, string target, CancellationToken cancellation)
    {
        using BaseModel baseModel = BaseModel.Open(baseDirectory);
        using AdapterDirectory? adapter = adapterDirectory is null ? null : AdapterDirectory.Open(adapterDirectory, baseModel.Config);
        var model = new MergedModel(baseModel, adapter);
        TokenizerFiles? tokenizer = baseModel.ReadTokenizer();
        Manifest manifest = ExportManifest.Create(baseModel, tokenizer?.Tokenizer.Sha256, adapter?.Manifest, model.Labels, labels);

        OnnxGraph graph = Gpt2Graph.Build(model.Config, model.Labels, manifest.PadTokenId, name =>
        {
            cancellation.ThrowIfCancellationRequested();
            return model.Read(name);
        });
        var onnx = new OnnxModel(GraphBuilder.IrVersion, GraphBuilder.Opset, graph, Metadata(manifest, tokenizer));
        AtomicFile.Write(target, stream => OnnxWriter.Write(stream, onnx));
        return new(new FileInfo(target).Length, manifest.Labels, model.MergedParameters, adapter?.Notes ?? []);
    }

    private static List<KeyValuePair<string, ReadOnlyMemory<byte>>> Metadata(Manifest manifest, TokenizerFiles? tokenizer)
    {
        var metadata = new List<KeyValuePair<string, ReadOnlyMemory<byte>>> { new(Manifest.MetadataKey, manifest.ToUtf8Json()) };
        if (tokenizer is not null)
        {
            metadata.Add(new(Gpt2Tokenizer.VocabularyFile, tokenizer.Vocabulary));
            metadata.Add(new(Gpt2Tokenizer.MergesFile, tokenizer.Merges));
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
}

/// <summary>What an export did.</summary>
/// <param name="Bytes">Size of the file.</param>
/// <param name="Labels">Label names in the order of their ids.</param>
/// <param name="MergedParameters">Elements of the adapter without its head; 0 without an adapter.</param>
/// <param name="Notes">What the user should know about the adapter, a sentence each.</param>
internal sealed record OnnxExportReport(long Bytes, IReadOnlyList<string> Labels, long MergedParameters, IReadOnlyList<string> Notes);
