using System.Globalization;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Export;

/// <summary>
/// The manifest that goes into an ONNX file: the adapter's own, checked against the base, or for an adapter made in Python
/// one made from <c>config.json</c> and <c>--labels</c>.
/// </summary>
internal static class ExportManifest
{
    /// <param name="baseModel">The base.</param>
    /// <param name="tokenizerSha256">The hash of its tokenizer; null when it has none.</param>
    /// <param name="trained">The adapter's manifest; null when it has none.</param>
    /// <param name="labels">How many labels the head has.</param>
    /// <param name="names">Label names that replace all others; null to keep those.</param>
    /// <exception cref="InvalidDataException">The manifest is of another base, or does not fit the model.</exception>
    /// <exception cref="UsageException"><paramref name="names"/> are not as many as the labels, or are needed and missing.</exception>
    public static Manifest Create(BaseModel baseModel, string? tokenizerSha256, Manifest? trained, int labels, LabelMap? names)
    {
        if (names is not null && names.Count != labels)
        {
            throw new UsageException($"--labels must name {labels} labels, as many as the head has; found {names.Count}: {names}.");
        }

        string baseSha256 = baseModel.ComputeSha256();
        if (trained is null)
        {
            return new()
            {
                Version = Manifest.CurrentVersion,
                Labels = (names ?? ConfiguredLabels(baseModel.Config, labels)).Names,
                PadTokenId = baseModel.Config.EffectivePadTokenId,
                Pooling = Manifest.RightmostNonPad,
                MaxTokens = baseModel.Config.Positions,
                TextFormat = Article.TextFormat,
                Temperature = 1,
                BaseModel = baseModel.Name,
                BaseModelSha256 = baseSha256,
                TokenizerSha256 = tokenizerSha256,
            };
        }

        CheckFits(trained, baseModel, baseSha256, tokenizerSha256, labels);
        return trained with
        {
            Labels = names?.Names ?? trained.Labels,
            BaseModelSha256 = baseSha256,
            TokenizerSha256 = tokenizerSha256,
        };
    }

    /// <summary>The manifest with what holds for one ONNX file only.</summary>
    public static Manifest OfFile(Manifest manifest, string? adapterDirectory, OnnxExportOptions options) => manifest with
    {
        AdapterSha256 = adapterDirectory is null ? null : FileHash.Sha256(Path.Combine(adapterDirectory, AdapterDirectory.WeightsFile)),
        Precision = options.Precision.ToString().ToLowerInvariant(),
        SelfTest = manifest.SelfTest is { } test ? test with { Tolerance = options.Tolerance ?? DefaultTolerance(options.Precision) } : null,
    };

    /// <summary>
    /// Largest relative |Δlogit| from training that a file may show unless it was measured: what rounding can add up to in
    /// single precision, what the project allows in half precision, and far less than a wrong file shows in int8.
    /// </summary>
    private static double DefaultTolerance(Precision precision) => precision switch
    {
        Precision.Fp16 => 0.02,
        Precision.Int8 => 0.25,
        _ => 2e-5,
    };

    private static LabelMap ConfiguredLabels(Gpt2Config config, int labels)
    {
        IReadOnlyDictionary<string, string> byId = config.LabelNames ?? new Dictionary<string, string>();
        string[] names = [.. Enumerable.Range(0, labels).Select(id => byId.GetValueOrDefault(id.ToString(CultureInfo.InvariantCulture), ""))];
        if (byId.Count != labels || names.Contains(""))
        {
            throw new UsageException($"the head has {labels} labels, and neither a manifest ({Manifest.FileName}) nor id2label in {Gpt2Config.FileName} names them: give --labels with {labels} names, in the order of their ids.");
        }

        return new(names);
    }

    private static void CheckFits(Manifest trained, BaseModel baseModel, string baseSha256, string? tokenizerSha256, int labels)
    {
        Check(
            trained.BaseModelSha256 is null || trained.BaseModelSha256 == baseSha256,
            $"the adapter was trained on another base: base_model_sha256 is {trained.BaseModelSha256} ({trained.BaseModel}); {baseModel.Directory} has {baseSha256}");
        Check(
            trained.TokenizerSha256 is null || trained.TokenizerSha256 == tokenizerSha256,
            $"the adapter was trained with another tokenizer: tokenizer_sha256 is {trained.TokenizerSha256}; {baseModel.Directory} has {tokenizerSha256 ?? "none"}");
        Check(
            trained.Labels.Count == labels,
            $"labels must be as many as the head has, {labels}; found {trained.Labels.Count}");
        Check(
            trained.MaxTokens <= baseModel.Config.Positions,
            $"max_tokens must be at most the model's {baseModel.Config.Positions} positions; found {trained.MaxTokens}");
        Check(
            trained.PadTokenId < baseModel.Config.VocabularySize,
            $"pad_token_id must be below the vocabulary's {baseModel.Config.VocabularySize}; found {trained.PadTokenId}");

        static void Check(bool holds, string expectation)
        {
            if (!holds)
            {
                throw new InvalidDataException($"{Manifest.FileName}: {expectation}.");
            }
        }
    }
}
