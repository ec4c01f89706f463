using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Export;

/// <summary>
/// Writes a merged classifier as a directory that Transformers loads with <c>AutoModelForSequenceClassification</c>: what
/// PEFT's <c>merge_and_unload</c> and Transformers' <c>save_pretrained</c> leave behind.
/// </summary>
internal static class MergedExport
{
    /// <summary>What a tokenizer's directory may hold; the files are copied as they are.</summary>
    private static readonly string[] TokenizerFiles =
        [Gpt2Tokenizer.VocabularyFile, Gpt2Tokenizer.MergesFile, "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"];

    /// <param name="baseDirectory">The base model.</param>
    /// <param name="adapterDirectory">The adapter; null for a base that brings its own head.</param>
    /// <param name="labels">Label names that replace those of the manifest or the configuration; null to keep those.</param>
    /// <param name="target">The directory; it appears whole or not at all.</param>
    /// <param name="cancellation">Looked at before each weight.</param>
    /// <exception cref="InvalidDataException">An input breaks its format, or the inputs don't fit together.</exception>
    /// <exception cref="IOException">An input can't be read or the target can't be written.</exception>
    /// <exception cref="UsageException">The target is there already; <paramref name="labels"/> are missing or not as many as the head has.</exception>
    public static MergedExportReport Write(string baseDirectory, string? adapterDirectory, LabelMap? labels, string target, CancellationToken cancellation)
    {
        using BaseModel baseModel = BaseModel.Open(baseDirectory);
        using AdapterDirectory? adapter = adapterDirectory is null ? null : AdapterDirectory.Open(adapterDirectory, baseModel.Config);
        var model = new MergedModel(baseModel, adapter);
        Manifest manifest = ExportManifest.Create(baseModel, baseModel.ReadTokenizer()?.Tokenizer.Sha256, adapter?.Manifest, model.Labels, labels);

        IReadOnlyList<string> files = NewDirectory.Write(target, folder =>
        {
            string configuration = Configuration(Path.Combine(baseDirectory, Gpt2Config.FileName), manifest);
            AtomicFile.Write(Path.Combine(folder, Gpt2Config.FileName), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(configuration)));
            SafetensorsWriter.Write(Path.Combine(folder, BaseModel.WeightsFile), Weights(model, cancellation));
            foreach (string file in TokenizerFiles.Where(file => File.Exists(Path.Combine(baseDirectory, file))))
            {
                File.Copy(Path.Combine(baseDirectory, file), Path.Combine(folder, file));
            }
        });
        return new(files, manifest.Labels, adapter?.Notes ?? []);
    }

    private static IEnumerable<FloatTensor> Weights(MergedModel model, CancellationToken cancellation)
    {
        var weights = Gpt2Weights.All(model.Config).Select(weight => (weight.Name, Key: Gpt2Weights.TransformerPrefix + weight.Name, weight.Shape))
            .Append((Gpt2Weights.ScoreWeight, Gpt2Weights.ScoreWeight, [model.Labels, model.Config.Width]));
        return weights.Select(weight => new FloatTensor(weight.Key, weight.Shape, () =>
        {
            cancellation.ThrowIfCancellationRequested();
            return model.Read(weight.Name);
        }));
    }

    /// <summary>The base's configuration with what makes it a classifier, its keys in order as Transformers writes them.</summary>
    private static string Configuration(string baseConfiguration, Manifest manifest)
    {
        JsonObject json = JsonObjects.Parse(File.ReadAllBytes(baseConfiguration), baseConfiguration, "a GPT-2 configuration");
        json["architectures"] = new JsonArray("GPT2ForSequenceClassification");
        json["id2label"] = new JsonObject(manifest.Labels.Select((label, id) => KeyValuePair.Create(id.ToString(CultureInfo.InvariantCulture), (JsonNode?)label)));
        json["label2id"] = new JsonObject(manifest.Labels.Select((label, id) => KeyValuePair.Create(label, (JsonNode?)id)));
        json["pad_token_id"] = manifest.PadTokenId;
        json["torch_dtype"] = "float32";
        var sorted = new JsonObject(json.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => KeyValuePair.Create(entry.Key, entry.Value?.DeepClone())));
        return sorted.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n";
    }
}

/// <summary>What was written.</summary>
/// <param name="Files">The files' names.</param>
/// <param name="Labels">Label names in the order of their ids.</param>
/// <param name="Notes">What the user should know about the adapter, a sentence each.</param>
internal sealed record MergedExportReport(IReadOnlyList<string> Files, IReadOnlyList<string> Labels, IReadOnlyList<string> Notes);
