namespace FakeNewsOnnx.Checkpoint;

/// <summary>
/// How large a model's activations get: for each LayerNorm in front of a Conv1D, the largest |output| of every channel over
/// some articles. <c>train eval --activation-ranges</c> writes the file, <c>export onnx --precision int8</c> uses it.
/// </summary>
public sealed class ActivationRangesFile
{
    /// <summary>The file's name in an adapter directory.</summary>
    public const string FileName = "activation_ranges.safetensors";

    private const string Suffix = ".output_max";

    private readonly Dictionary<string, float[]> _largest;

    private ActivationRangesFile(Dictionary<string, float[]> largest) => _largest = largest;

    /// <summary>The LayerNorms that have ranges, with the Conv1D that reads each one's output.</summary>
    public static IEnumerable<(string Norm, string Reader)> Norms(Gpt2Config config) =>
        Enumerable.Range(0, config?.Layers ?? throw new ArgumentNullException(nameof(config))).Select(Gpt2Weights.Block)
            .SelectMany(block => new[] { ($"{block}.ln_1", $"{block}.attn.c_attn"), ($"{block}.ln_2", $"{block}.mlp.c_fc") });

    /// <summary>Writes the file into an adapter directory.</summary>
    /// <param name="directory">The adapter's.</param>
    /// <param name="largest">For each of <see cref="Norms"/> the largest |output| of its channels, [C].</param>
    public static void Save(string directory, IReadOnlyDictionary<string, float[]> largest)
    {
        ArgumentNullException.ThrowIfNull(largest);
        SafetensorsWriter.Write(
            Path.Combine(directory, FileName),
            largest.Select(norm => new FloatTensor(norm.Key + Suffix, [norm.Value.Length], () => norm.Value)));
    }

    /// <summary>Reads the file of an adapter directory; null when there is none.</summary>
    /// <exception cref="InvalidDataException">It breaks its format, or is of another model.</exception>
    public static ActivationRangesFile? TryLoad(string? directory, Gpt2Config config)
    {
        string? path = directory is null ? null : Path.Combine(directory, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);
        string[] norms = [.. Norms(config).Select(entry => entry.Norm)];
        CheckedNames.Match(path, norms.Select(norm => norm + Suffix), file.Tensors.Keys);
        if (file.Tensors.Values.FirstOrDefault(tensor => !tensor.Shape.SequenceEqual([config.Width])) is { } other)
        {
            throw new InvalidDataException($"{path}: tensor '{other.Name}' must be [{config.Width}], the model's width; found {other.ShapeText}.");
        }

        return new(norms.ToDictionary(norm => norm, norm => file.ReadFloats(norm + Suffix), StringComparer.Ordinal));
    }

    /// <summary>The largest |output| of each channel of one of <see cref="Norms"/>, [C].</summary>
    public IReadOnlyList<float> Of(string norm) => _largest[norm];
}
