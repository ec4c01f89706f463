using System.Text;

namespace FakeNewsOnnx.Data;

/// <summary>
/// A LoRA adapter as PEFT's <c>save_pretrained</c> lays it out, with our manifest beside it when we made it.
/// </summary>
public sealed class AdapterDirectory : IDisposable
{
    /// <summary>The file of A, B and the head.</summary>
    public const string WeightsFile = "adapter_model.safetensors";

    /// <summary>The model card's file.</summary>
    public const string ModelCardFile = "README.md";

    private const string KeyPrefix = "base_model.model.";

    private readonly SafetensorsFile _file;

    private AdapterDirectory(LoraConfig config, IReadOnlyList<string> unknownKeys, SafetensorsFile file, Manifest? manifest)
    {
        Config = config;
        UnknownKeys = unknownKeys;
        _file = file;
        Manifest = manifest;
    }

    /// <summary>What <c>adapter_config.json</c> says.</summary>
    public LoraConfig Config { get; }

    /// <summary>Keys of the configuration that this program does not know and ignored.</summary>
    public IReadOnlyList<string> UnknownKeys { get; }

    /// <summary>Our manifest; null for an adapter made in Python.</summary>
    public Manifest? Manifest { get; }

    /// <summary>Labels of the head that the adapter holds; null when it holds none.</summary>
    public int? ScoreLabels => _file.Tensors.TryGetValue(ScoreKey, out TensorInfo? score) ? (int)score.Shape[0] : null;

    private static string ScoreKey => KeyPrefix + Gpt2Weights.ScoreWeight;

    /// <summary>PEFT's full name of a module, which patterns are matched against.</summary>
    public static string ModuleName(string module) => Gpt2Weights.TransformerPrefix + module;

    /// <summary>Opens a directory and checks that its tensors are exactly those that its configuration and the base ask for.</summary>
    /// <exception cref="InvalidDataException">A file breaks its format, or the adapter does not fit the base.</exception>
    /// <exception cref="IOException">A file can't be read.</exception>
    public static AdapterDirectory Open(string directory, Gpt2Config baseConfig)
    {
        if (!Directory.Exists(directory))
        {
            throw new DirectoryNotFoundException($"{directory}: no such directory; an adapter is a directory with {LoraConfigFile.FileName} and {WeightsFile}.");
        }

        LoraConfig config = LoraConfigFile.Load(Path.Combine(directory, LoraConfigFile.FileName), out var unknownKeys);
        string manifestPath = Path.Combine(directory, Manifest.FileName);
        Manifest? manifest = File.Exists(manifestPath) ? Manifest.Parse(File.ReadAllBytes(manifestPath), manifestPath) : null;
        SafetensorsFile file = SafetensorsFile.Open(Path.Combine(directory, WeightsFile));
        try
        {
            CheckTensors(file, config, baseConfig);
            return new(config, unknownKeys, file, manifest);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes weights, configuration, manifest and model card; each file whole or not at all.</summary>
    /// <param name="directory">Created when missing.</param>
    /// <param name="config">What <c>adapter_config.json</c> will say.</param>
    /// <param name="weights">A and B of each target and the head, by their names in <see cref="LoraWeightNames"/>.</param>
    /// <param name="manifest">What <c>fakenews.json</c> will say.</param>
    /// <param name="modelCard">The text of <c>README.md</c>.</param>
    public static void Save(string directory, LoraConfig config, IEnumerable<FloatTensor> weights, Manifest manifest, string modelCard)
    {
        Directory.CreateDirectory(directory);
        SafetensorsWriter.Write(Path.Combine(directory, WeightsFile), weights.Select(weight => weight with { Name = KeyPrefix + Qualify(weight.Name) }));
        LoraConfigFile.Save(Path.Combine(directory, LoraConfigFile.FileName), config);
        AtomicFile.Write(Path.Combine(directory, ModelCardFile), stream => stream.Write(Encoding.UTF8.GetBytes(modelCard)));
        AtomicFile.Write(Path.Combine(directory, Manifest.FileName), stream => stream.Write(manifest.ToUtf8Json()));
    }

    /// <summary>Reads a weight by its name in <see cref="LoraWeightNames"/> or <see cref="Gpt2Weights.ScoreWeight"/>.</summary>
    public float[] Read(string name) => _file.ReadFloats(KeyPrefix + Qualify(name));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static string Qualify(string name) => name == Gpt2Weights.ScoreWeight ? name : Gpt2Weights.TransformerPrefix + name;

    private static void CheckTensors(SafetensorsFile file, LoraConfig config, Gpt2Config baseConfig)
    {
        var expected = new Dictionary<string, long[]>(StringComparer.Ordinal);
        foreach (var (module, inputs, outputs) in Gpt2Weights.LinearModules(baseConfig))
        {
            if (config.Resolve(ModuleName(module)) is { } target)
            {
                expected[KeyPrefix + Qualify(LoraWeightNames.A(module))] = [target.Rank, inputs];
                expected[KeyPrefix + Qualify(LoraWeightNames.B(module))] = [outputs, target.Rank];
            }
        }

        if (expected.Count == 0)
        {
            throw new InvalidDataException($"{file.Path}: target_modules '{config.TargetModules}' select no module of the base.");
        }

        CheckedNames.Match(file.Path, expected.Keys, file.Tensors.Keys.Where(key => key != ScoreKey));
        foreach (var (key, tensor) in file.Tensors)
        {
            bool fits = key == ScoreKey
                ? tensor.Shape is [>= 2 and <= 100_000, var width] && width == baseConfig.Width
                : tensor.Shape.SequenceEqual(expected[key]);
            if (!fits)
            {
                string wanted = key == ScoreKey ? $"[labels ≥ 2, {baseConfig.Width}]" : TensorInfo.FormatShape(expected[key]);
                throw new InvalidDataException($"{file.Path}: the adapter does not fit the base: tensor '{key}' must be {wanted}; found {tensor.ShapeText}.");
            }
        }
    }
}

/// <summary>Names of a module's LoRA weights.</summary>
public static class LoraWeightNames
{
    /// <summary>A [r, in].</summary>
    public static string A(string module) => $"{module}.lora_A.weight";

    /// <summary>B [out, r].</summary>
    public static string B(string module) => $"{module}.lora_B.weight";

    /// <summary>Whether a name is one of these.</summary>
    public static bool IsUpdate(string name) =>
        name.EndsWith(".lora_A.weight", StringComparison.Ordinal) || name.EndsWith(".lora_B.weight", StringComparison.Ordinal);
}
