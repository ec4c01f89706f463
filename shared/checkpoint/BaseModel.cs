using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Checkpoint;

/// <summary>A base model directory, as on the Hugging Face hub: configuration, weights and, usually, tokenizer.</summary>
public sealed class BaseModel : IDisposable
{
    /// <summary>The weights' name in a base model directory.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>The hub's cache keeps a model in <c>models--owner--name/snapshots/commit</c>.</summary>
    private const string HubPrefix = "models--";

    private readonly SafetensorsFile _file;
    private readonly Dictionary<string, string> _keys;

    private BaseModel(string directory, Gpt2Config config, SafetensorsFile file, Dictionary<string, string> keys)
    {
        Directory = directory;
        Config = config;
        _file = file;
        _keys = keys;
    }

    /// <summary>Where the model lies.</summary>
    public string Directory { get; }

    /// <summary>What <c>config.json</c> says.</summary>
    public Gpt2Config Config { get; }

    /// <summary>The model's name on the hub, if the directory lies in the hub's cache; else the directory's own name, never a path.</summary>
    public string Name
    {
        get
        {
            string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Directory));
            return path.Split(Path.DirectorySeparatorChar) is [.., var repository, "snapshots", _] && repository.StartsWith(HubPrefix, StringComparison.Ordinal)
                ? repository[HubPrefix.Length..].Replace("--", "/", StringComparison.Ordinal)
                : Path.GetFileName(path);
        }
    }

    /// <summary>Labels of the classifier head, if the base brings one; else null.</summary>
    public int? ScoreLabels => _keys.TryGetValue(Gpt2Weights.ScoreWeight, out string? key) ? (int)_file.Tensors[key].Shape[0] : null;

    /// <summary>Opens a directory and checks that its weights are exactly those of its configuration.</summary>
    /// <exception cref="InvalidDataException">Wrong configuration; a weight is missing, unknown or of another shape.</exception>
    /// <exception cref="IOException">A file can't be read.</exception>
    public static BaseModel Open(string directory)
    {
        if (!System.IO.Directory.Exists(directory))
        {
            throw new DirectoryNotFoundException($"{directory}: no such directory; a base model is a directory with {Gpt2Config.FileName} and {WeightsFile}.");
        }

        Gpt2Config config = Gpt2Config.Load(Path.Combine(directory, Gpt2Config.FileName));
        SafetensorsFile file = SafetensorsFile.Open(Path.Combine(directory, WeightsFile));
        try
        {
            return new(directory, config, file, MatchNames(file, config));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads a weight by its name in <see cref="Gpt2Weights"/>, row by row.</summary>
    public float[] Read(string name) => _file.ReadFloats(Key(name));

    /// <summary>Reads as many of a weight's elements as <paramref name="values"/> takes, from <paramref name="start"/> on.</summary>
    public void Read(string name, long start, Span<float> values) => _file.ReadFloats(Key(name), start, values);

    /// <summary>The tokenizer and the bytes of its files, or null when the directory has none.</summary>
    /// <exception cref="InvalidDataException">Only one of the two is there, one is not what it should be, or an id has no embedding.</exception>
    public TokenizerFiles? ReadTokenizer()
    {
        string vocabulary = Path.Combine(Directory, Gpt2Tokenizer.VocabularyFile);
        string merges = Path.Combine(Directory, Gpt2Tokenizer.MergesFile);
        if (File.Exists(vocabulary) != File.Exists(merges))
        {
            throw new InvalidDataException($"{Directory}: {Gpt2Tokenizer.VocabularyFile} and {Gpt2Tokenizer.MergesFile} belong together; found only one of them.");
        }

        if (!File.Exists(vocabulary))
        {
            return null;
        }

        byte[] vocabularyBytes = File.ReadAllBytes(vocabulary), mergesBytes = File.ReadAllBytes(merges);
        Gpt2Tokenizer tokenizer = Gpt2Tokenizer.Create(vocabularyBytes, mergesBytes);
        return tokenizer.VocabularySize <= Config.VocabularySize
            ? new(vocabularyBytes, mergesBytes, tokenizer)
            : throw new InvalidDataException($"{Directory}: the tokenizer's ids must be below vocab_size, {Config.VocabularySize}; the highest is {tokenizer.VocabularySize - 1}.");
    }

    /// <summary>The tokenizer, for work that starts from text.</summary>
    /// <exception cref="InvalidDataException">The directory has none, or a broken one.</exception>
    public Gpt2Tokenizer RequireTokenizer() => ReadTokenizer()?.Tokenizer
        ?? throw new InvalidDataException($"{Directory}: {Gpt2Tokenizer.VocabularyFile} and {Gpt2Tokenizer.MergesFile} are missing; reading articles needs them.");

    /// <summary>SHA-256 of the weights file, in lower-case hexadecimal.</summary>
    public string ComputeSha256() => FileHash.Sha256(_file.Path);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private string Key(string name) => _keys.TryGetValue(name, out string? key)
        ? key
        : throw new InvalidDataException($"{_file.Path}: weight '{name}' is missing.");

    private static Dictionary<string, string> MatchNames(SafetensorsFile file, Gpt2Config config)
    {
        var expected = Gpt2Weights.All(config).ToDictionary(weight => weight.Name, weight => weight.Shape, StringComparer.Ordinal);
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string key in file.Tensors.Keys)
        {
            string name = key.StartsWith(Gpt2Weights.TransformerPrefix, StringComparison.Ordinal) ? key[Gpt2Weights.TransformerPrefix.Length..] : key;
            if (!Gpt2Weights.IsIgnored(name) && !keys.TryAdd(name, key))
            {
                throw new InvalidDataException($"{file.Path}: weight '{name}' is there twice, as '{keys[name]}' and '{key}'.");
            }
        }

        CheckedNames.Match(file.Path, expected.Keys, keys.Keys.Where(name => name != Gpt2Weights.ScoreWeight));
        foreach (var (name, key) in keys)
        {
            TensorInfo tensor = file.Tensors[key];
            bool fits = name == Gpt2Weights.ScoreWeight
                ? tensor.Shape is [>= 2 and <= 100_000, var width] && width == config.Width
                : tensor.Shape.SequenceEqual(expected[name]);
            if (!fits)
            {
                string wanted = name == Gpt2Weights.ScoreWeight ? $"[labels ≥ 2, {config.Width}]" : TensorInfo.FormatShape(expected[name]);
                throw new InvalidDataException($"{file.Path}: tensor '{key}' must be {wanted}, as {Gpt2Config.FileName} says; found {tensor.ShapeText}.");
            }
        }

        return keys;
    }
}

/// <summary>A tokenizer and the files that it was made from.</summary>
/// <param name="Vocabulary">Token to id, as JSON.</param>
/// <param name="Merges">One merge a line, in order of rank.</param>
/// <param name="Tokenizer">What they mean.</param>
public sealed record TokenizerFiles(byte[] Vocabulary, byte[] Merges, Gpt2Tokenizer Tokenizer);
