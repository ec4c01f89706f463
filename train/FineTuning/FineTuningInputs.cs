using System.Text.Json.Nodes;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.Model;
using FakeNewsOnnx.Train.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.FineTuning;

/// <summary>All that a run is made from: articles, and the model with a new adapter. The base's files are closed again.</summary>
internal sealed class FineTuningInputs : IDisposable
{
    /// <summary>In <see cref="Hashes"/>, instead of the hash of a file that was not given.</summary>
    public const string NoFile = "none";

    public required FineTuningJob Job { get; init; }

    public required ArticleDataset Data { get; init; }

    public required Gpt2Config Config { get; init; }

    public required Gpt2Tokenizer Tokenizer { get; init; }

    public required LoraConfig Lora { get; init; }

    /// <summary>The adapter's manifest, without metrics and self-test.</summary>
    public required Manifest Manifest { get; init; }

    public required Gpt2ForSequenceClassification Model { get; set; }

    /// <summary>Every setting and the hash of every file: a checkpoint of other ones is of another run.</summary>
    public required IReadOnlyDictionary<string, string> Hashes { get; init; }

    /// <summary>The parts that models are measured on: the validation articles, then the held-out ones if there are any.</summary>
    public IReadOnlyList<SplitPart> MeasuredParts => Data[SplitPart.Test].Count > 0 ? [SplitPart.Validation, SplitPart.Test] : [SplitPart.Validation];

    /// <summary>Reads articles and base, and starts a new adapter from the recipe's seed.</summary>
    /// <exception cref="InvalidDataException">A file is not what it should be, or too little is left to train on.</exception>
    public static FineTuningInputs Load(FineTuningJob job, CancellationToken cancellation)
    {
        Recipe recipe = job.Recipe;
        using BaseModel baseModel = BaseModel.Open(job.Base.Directory);
        Gpt2Tokenizer tokenizer = baseModel.RequireTokenizer();
        int maxTokens = Math.Min(recipe.MaxLength ?? baseModel.Config.Positions, baseModel.Config.Positions);
        int pad = baseModel.Config.EffectivePadTokenId;
        LoraConfig lora = recipe.ToLoraConfig(job.BaseName ?? baseModel.Name);
        lora.CheckNames(baseModel.Config, "recipe");
        ArticleDataset data = ArticleDataset.Read(job.Files, recipe, new(job.Ranks.IsFirst ? job.CacheFolder : null, tokenizer, maxTokens), cancellation);

        manual_seed(recipe.Seed);
        Gpt2ForSequenceClassification model = ModelLoader.Build(baseModel, lora, null, recipe.Labels.Count, pad, recipe.Dropout, recipe.FrozenType).to(job.Device);
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
            BaseModelRevision = job.Base.Revision,
            TrainingDataSha256 = FileHash.Sha256(job.Files.Train),
            TrainingDataRevision = job.Files.Revision,
        };
        return new() { Job = job, Data = data, Config = baseModel.Config, Tokenizer = tokenizer, Lora = lora, Manifest = manifest, Model = model, Hashes = HashesOf(job, manifest) };
    }

    /// <summary>Describes the articles of a part: "articles.csv, test".</summary>
    public string Describe(SplitPart part)
    {
        DataFiles files = Job.Files;
        IReadOnlyList<string>? own = files.HubId is not null ? null : part switch { SplitPart.Validation => files.Validation, SplitPart.Test => files.Test, _ => null };
        return $"{(own is null ? files.ShortName : DataFiles.NamesOf(own))}, {part.ToString().ToLowerInvariant()}";
    }

    /// <summary>The labels' ids of the articles of a part.</summary>
    public int[] LabelsOf(SplitPart part) => [.. Data[part].Select(example => example.Label)];

    /// <summary>Measures the model on one part of the articles, shared by all ranks.</summary>
    public EvaluationResult Evaluate(SplitPart part, Action<int>? onRows, CancellationToken cancellation) =>
        Evaluator.Run(Model, Data[part], (Job.Recipe.EvalBatchSize, Job.Recipe.MaxBatchTokens), Manifest.PadTokenId, onRows, cancellation, Job.Ranks);

    /// <summary>Puts the trained weights on a base in single precision, which is exported, and so measured at the end and recorded as the self-test.</summary>
    public void UseSinglePrecision()
    {
        Recipe recipe = Job.Recipe;
        if (recipe.FrozenType == ScalarType.Float32)
        {
            return;
        }

        using BaseModel baseModel = BaseModel.Open(Job.Base.Directory);
        Gpt2ForSequenceClassification wide = ModelLoader.Build(baseModel, Lora, null, recipe.Labels.Count, Manifest.PadTokenId, recipe.Dropout).to(Model.Device);
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

    private static SortedDictionary<string, string> HashesOf(FineTuningJob job, Manifest manifest)
    {
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["base"] = manifest.BaseModelSha256!,
            ["tokenizer"] = manifest.TokenizerSha256!,
            ["data"] = manifest.TrainingDataSha256!,
            ["validation data"] = job.Files.Validation is { } validation ? FileHash.Sha256(validation) : NoFile,
            ["test data"] = job.Files.Test is { } test ? FileHash.Sha256(test) : NoFile,
        };
        foreach (var (key, value) in JsonNode.Parse(job.Recipe.ToUtf8Json())!.AsObject())
        {
            hashes[key] = value?.ToJsonString() ?? "null";
        }

        return hashes;
    }
}
