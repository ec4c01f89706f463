using System.Security.Cryptography;
using System.Text.Json.Nodes;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Hub;
using FakeNewsOnnx.Train.Distributed;
using FakeNewsOnnx.Train.Lora;
using FakeNewsOnnx.Train.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Commands;

/// <summary>All that a run is made from: recipe, articles, and the model at its start. The base's files are closed again.</summary>
internal sealed class FitSession : IDisposable
{
    /// <summary>In <see cref="Inputs"/>, instead of the hash of a file that was not given.</summary>
    public const string NoFile = "none";

    private readonly string _baseDirectory;

    private FitSession(Ranks ranks, string baseDirectory, Recipe recipe, DataFiles files, ArticleDataset data, Gpt2Config config, Gpt2Tokenizer tokenizer, LoraConfig lora, Gpt2ForSequenceClassification model, Manifest manifest, IReadOnlyDictionary<string, string> inputs)
    {
        Ranks = ranks;
        _baseDirectory = baseDirectory;
        Recipe = recipe;
        Files = files;
        Data = data;
        Config = config;
        Tokenizer = tokenizer;
        Lora = lora;
        Model = model;
        Manifest = manifest;
        Inputs = inputs;
    }

    /// <summary>The processes that train together.</summary>
    public Ranks Ranks { get; }

    public Recipe Recipe { get; }

    public DataFiles Files { get; }

    public ArticleDataset Data { get; }

    /// <summary>The parts that models are measured on: the validation articles, then the held-out ones if there are any.</summary>
    public IReadOnlyList<SplitPart> MeasuredParts => Data[SplitPart.Test].Count > 0 ? [SplitPart.Validation, SplitPart.Test] : [SplitPart.Validation];

    public Gpt2Config Config { get; }

    public Gpt2Tokenizer Tokenizer { get; }

    public LoraConfig Lora { get; }

    public Gpt2ForSequenceClassification Model { get; private set; }

    /// <summary>The adapter's manifest, without metrics and self-test.</summary>
    public Manifest Manifest { get; }

    /// <summary>Every setting and the hash of every file: a checkpoint of other ones is of another run.</summary>
    public IReadOnlyDictionary<string, string> Inputs { get; }

    /// <summary>Reads data and base, and starts a new adapter from the recipe's seed.</summary>
    /// <exception cref="InvalidDataException">A file is not what it should be, or too little is left to train on.</exception>
    public static FitSession Load(Ranks ranks, Device device, Recipe recipe, DataFiles files, BaseSource source, string? baseName, string? cacheFolder, CancellationToken cancellation)
    {
        using BaseModel baseModel = BaseModel.Open(source.Directory);
        Gpt2Tokenizer tokenizer = baseModel.RequireTokenizer();
        int maxTokens = Math.Min(recipe.MaxLength ?? baseModel.Config.Positions, baseModel.Config.Positions);
        int pad = baseModel.Config.EffectivePadTokenId;
        LoraConfig lora = recipe.ToLoraConfig(baseName ?? baseModel.Name);
        lora.CheckNames(baseModel.Config, "recipe");
        ArticleDataset data = ArticleDataset.Read(files, recipe, new(ranks.IsFirst ? cacheFolder : null, tokenizer, maxTokens), cancellation);

        manual_seed(recipe.Seed);
        Gpt2ForSequenceClassification model = ModelLoader.Build(baseModel, lora, null, recipe.Labels.Count, pad, recipe.Dropout, recipe.FrozenType).to(device);
        var manifest = new Manifest
        {
            Version = Manifest.CurrentVersion,
            Labels = recipe.Labels,
            PadTokenId = pad,
            Pooling = Manifest.RightmostNonPad,
            MaxTokens = maxTokens,
            TextFormat = Article.TextFormat,
            Temperature = 1,
            BaseModel = lora.BaseModel,
            BaseModelSha256 = baseModel.ComputeSha256(),
            TokenizerSha256 = tokenizer.Sha256,
            BaseModelRevision = source.Revision,
            TrainingDataSha256 = HashFiles(files.Train),
            TrainingDataRevision = files.Revision,
        };
        return new(ranks, source.Directory, recipe, files, data, baseModel.Config, tokenizer, lora, model, manifest, DescribeInputs(recipe, files, manifest));
    }

    /// <summary>What the articles of a part are: "articles.csv, test".</summary>
    public string Describe(SplitPart part)
    {
        IReadOnlyList<string>? own = Files.HubId is not null ? null : part switch { SplitPart.Validation => Files.Validation, SplitPart.Test => Files.Test, _ => null };
        return $"{(own is null ? Files.ShortName : DataFiles.NamesOf(own))}, {part.ToString().ToLowerInvariant()}";
    }

    /// <summary>Measures the model on one part of the articles.</summary>
    public Evaluation Evaluate(SplitPart part, Action<int>? onRows, CancellationToken cancellation) =>
        Evaluation.Run(Model, Data[part], (Recipe.EvalBatchSize, Recipe.MaxBatchTokens), Manifest.PadTokenId, onRows, cancellation, Ranks);

    /// <summary>Puts the trained weights on a base in single precision: that is what is exported, so that is what is measured at the end and recorded as the self-test.</summary>
    public void UseSinglePrecision()
    {
        if (Recipe.FrozenType == ScalarType.Float32)
        {
            return;
        }

        using BaseModel baseModel = BaseModel.Open(_baseDirectory);
        Gpt2ForSequenceClassification wide = ModelLoader.Build(baseModel, Lora, null, Recipe.Labels.Count, Manifest.PadTokenId, Recipe.Dropout).to(Model.Device);
        using var _ = no_grad();
        foreach (var (from, to) in ModelLoader.Trainable(Model).Zip(ModelLoader.Trainable(wide)))
        {
            to.Value.copy_(from.Value);
        }

        Model.Dispose();
        Model = wide;
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();

    /// <summary>SHA-256 of a file's bytes, or of several files' hashes one after the other, in hexadecimal.</summary>
    public static string HashFiles(IReadOnlyList<string> paths) => paths is [var only] ? FileHash.Sha256(only)
        : Convert.ToHexStringLower(SHA256.HashData([.. paths.SelectMany(path => Convert.FromHexString(FileHash.Sha256(path)))]));

    private static SortedDictionary<string, string> DescribeInputs(Recipe recipe, DataFiles files, Manifest manifest)
    {
        var inputs = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["base"] = manifest.BaseModelSha256!,
            ["tokenizer"] = manifest.TokenizerSha256!,
            ["data"] = manifest.TrainingDataSha256!,
            ["validation data"] = files.Validation is { } validation ? HashFiles(validation) : NoFile,
            ["test data"] = files.Test is { } test ? HashFiles(test) : NoFile,
        };
        foreach (var (key, value) in JsonNode.Parse(recipe.ToUtf8Json())!.AsObject())
        {
            inputs[key] = value?.ToJsonString() ?? "null";
        }

        return inputs;
    }
}
