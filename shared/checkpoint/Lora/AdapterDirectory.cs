using System.Text;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Checkpoint;

/// <summary>
/// A LoRA adapter as PEFT's <c>save_pretrained</c> lays it out, with our manifest beside it when we made it.
/// </summary>
public sealed class AdapterDirectory : IDisposable
{
    /// <summary>The file of A, B and the head.</summary>
    public const string WeightsFile = "adapter_model.safetensors";

    /// <summary>The model card's file.</summary>
    public const string ModelCardFile = "README.md";

    private readonly SafetensorsFile _file;

    private AdapterDirectory(LoraConfig config, IReadOnlyList<string> notes, SafetensorsFile file, Manifest? manifest)
    {
        Config = config;
        Notes = notes;
        _file = file;
        Manifest = manifest;
    }

    /// <summary>What <c>adapter_config.json</c> says.</summary>
    public LoraConfig Config { get; }

    /// <summary>What the user should know though it is no error, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Our manifest; null for an adapter made in Python.</summary>
    public Manifest? Manifest { get; }

    /// <summary>Labels of the head that the adapter holds; null when it holds none.</summary>
    public int? ScoreLabels => _file.Tensors.TryGetValue(ScoreKey, out TensorInfo? score) ? (int)score.Shape[0] : null;

    private static string ScoreKey => $"base_model.model.{Gpt2Weights.ScoreWeight}";

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
            var notes = new List<string>();
            if (unknownKeys.Count > 0)
            {
                notes.Add($"{LoraConfigFile.FileName}: unknown keys were ignored: {string.Join(", ", unknownKeys)}.");
            }

            CheckTensors(file, config, baseConfig, notes);
            return new(config, notes, file, manifest);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes configuration, model card, manifest and, last, the weights, without which there is no adapter; each file whole or not at all.</summary>
    /// <param name="directory">Created when missing.</param>
    /// <param name="config">What <c>adapter_config.json</c> will say.</param>
    /// <param name="weights">All of <see cref="AdapterWeights"/> and the head, by their names there.</param>
    /// <param name="manifest">What <c>fakenews.json</c> will say.</param>
    /// <param name="modelCard">The text of <c>README.md</c>.</param>
    public static void Save(string directory, LoraConfig config, IEnumerable<FloatTensor> weights, Manifest manifest, string modelCard)
    {
        Directory.CreateDirectory(directory);
        File.Delete(Path.Combine(directory, ActivationRangesFile.FileName)); // measured with other weights
        File.Delete(Path.Combine(directory, WeightsFile)); // an older adapter's, which would now be read with a newer configuration
        LoraConfigFile.Save(Path.Combine(directory, LoraConfigFile.FileName), config);
        AtomicFile.Write(Path.Combine(directory, ModelCardFile), stream => stream.Write(Encoding.UTF8.GetBytes(modelCard)));
        AtomicFile.Write(Path.Combine(directory, Manifest.FileName), stream => stream.Write(manifest.ToUtf8Json()));
        SafetensorsWriter.Write(Path.Combine(directory, WeightsFile), weights.Select(weight => weight with { Name = AdapterWeights.Key(config, weight.Name) }));
    }

    /// <summary>Whether the adapter holds a weight, by its name in <see cref="AdapterWeights"/> or in <see cref="Gpt2Weights"/>.</summary>
    public bool Holds(string name) => _file.Tensors.ContainsKey(AdapterWeights.Key(Config, name));

    /// <summary>Reads a weight that the adapter <see cref="Holds"/>.</summary>
    public float[] Read(string name) => _file.ReadFloats(AdapterWeights.Key(Config, name));

    /// <summary>Reads as many of such a weight's elements as <paramref name="values"/> takes, from <paramref name="start"/> on.</summary>
    public void Read(string name, long start, Span<float> values) => _file.ReadFloats(AdapterWeights.Key(Config, name), start, values);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static void CheckTensors(SafetensorsFile file, LoraConfig config, Gpt2Config baseConfig, List<string> notes)
    {
        config.CheckTargets(baseConfig, file.Path);
        var expected = AdapterWeights.All(config, baseConfig).ToDictionary(weight => AdapterWeights.Key(config, weight.Name), weight => weight.Shape, StringComparer.Ordinal);
        string[] biases = [.. expected.Keys.Where(key => key.EndsWith(".base_layer.bias", StringComparison.Ordinal))];
        if (config.Bias == LoraConfig.LoraOnlyBiases && !biases.Any(file.Tensors.ContainsKey))
        {
            notes.Add($"{WeightsFile}: bias is '{LoraConfig.LoraOnlyBiases}' but no bias is there: PEFT does not save them. The base's are used, so the logits are those of PEFT with this directory, not those of the training.");
            foreach (string bias in biases)
            {
                expected.Remove(bias);
            }
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
