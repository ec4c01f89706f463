using System.Globalization;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Export;

/// <summary>What kind of file an export writes.</summary>
internal sealed record OnnxExportOptions
{
    /// <summary>Label names that replace those of the manifest or the configuration; null to keep those.</summary>
    public LabelMap? Labels { get; init; }

    /// <summary>How the large weights are stored and multiplied.</summary>
    public Precision Precision { get; init; }

    /// <summary>Whose operators the graph uses.</summary>
    public GraphForm Graph { get; init; }

    /// <summary>Version of <c>ai.onnx</c>: <see cref="GraphBuilder.Opset"/> or <see cref="GraphBuilder.OldOpset"/>.</summary>
    public int Opset { get; init; } = GraphBuilder.Opset;

    /// <summary>Modules (<c>h.0.mlp.c_proj</c>, <c>wte</c>) or blocks (<c>h.0</c>) that stay in single precision.</summary>
    public IReadOnlyList<string> KeepSingle { get; init; } = [];

    /// <summary>Whether the weights go to a file beside the model; they do anyway when one file can't hold them.</summary>
    public bool ExternalData { get; init; }

    /// <summary>Largest |Δlogit| that the file's self-test passes, relative to max(1, max |logit|); null for the precision's own.</summary>
    public double? Tolerance { get; init; }

    /// <summary>b: queries of one query block (<see cref="QueryBlocks"/>) in the portable form; at least the model's positions for whole attention.</summary>
    internal int QueryBlock { get; init; } = 128;

    /// <summary>Position of the first query of each query block; one 0 for whole attention, which the fused form has as one operator.</summary>
    internal int[] QueryBlockStarts(Gpt2Config config) => Graph == GraphForm.Fused
        ? [0]
        : [.. Enumerable.Range(0, ((config.Positions - 1) / QueryBlock) + 1).Select(i => i * QueryBlock)];

    /// <exception cref="UsageException">The choices exclude one another, or name a layer that the model lacks.</exception>
    public void Validate(Gpt2Config config)
    {
        if (Precision == Precision.Int8 && Graph == GraphForm.Fused)
        {
            throw new UsageException("--precision int8 is for the CPU and --graph fused for CUDA; choose --graph portable, or fp16.");
        }

        if (Tolerance is not (null or (> 0 and <= 1)))
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--tolerance must be above 0 and at most 1; found {Tolerance}."));
        }

        if (Precision == Precision.Fp32 && KeepSingle.Count > 0)
        {
            throw new UsageException("--keep-fp32 needs --precision fp16 or int8: all layers are fp32 without it.");
        }

        HashSet<string> layers = [LayerOf(Gpt2Weights.TokenEmbedding), LayerOf(Gpt2Weights.PositionEmbedding), .. Gpt2Weights.LinearModules(config).Select(module => module.Name)];
        layers.UnionWith(Enumerable.Range(0, config.Layers).Select(Gpt2Weights.Block));
        if (KeepSingle.Except(layers).ToArray() is { Length: > 0 } unknown)
        {
            throw new UsageException($"--keep-fp32 must name layers such as wte, {Gpt2Weights.Block(0)} or {Gpt2Weights.LinearModules(config, 0).First().Name}; found {string.Join(", ", unknown)}.");
        }

        static string LayerOf(string weight) => weight[..weight.LastIndexOf('.')];
    }
}

/// <summary>How the large weights are stored and multiplied. The names in lower case are the command line's.</summary>
internal enum Precision
{
    /// <summary>IEEE single precision everywhere.</summary>
    Fp32,

    /// <summary>IEEE half precision for weights and their products; LayerNorm, softmax, residual stream and head stay single.</summary>
    Fp16,

    /// <summary>8-bit integers for weights, with a scale for each output, and for what they are multiplied with.</summary>
    Int8,
}

/// <summary>Whose operators a graph uses.</summary>
internal enum GraphForm
{
    /// <summary>Those of <c>ai.onnx</c>, which every runtime has.</summary>
    Portable,

    /// <summary>Also those of <c>com.microsoft</c>, for ONNX Runtime on CUDA.</summary>
    Fused,
}
