using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Tests.Parity;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Distributed;
using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.FineTuning;
using FakeNewsOnnx.Train.Model;
using FakeNewsOnnx.Train.Recipes;
using FakeNewsOnnx.Train.Training;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Tests.Train;

/// <summary>A training of the tiny base on eight articles, dropouts on, with evaluations and interruptions that a test chooses.</summary>
internal sealed class TinyRun : IFineTuningObserver, IDisposable
{
    private const int Pad = 299;

    private readonly Gpt2Config _config;
    private readonly Gpt2ForSequenceClassification _model;

    /// <param name="recipe">How to train.</param>
    /// <param name="folder">Where checkpoints go.</param>
    /// <param name="losses">Validation losses to pretend; null to measure.</param>
    public TinyRun(Recipe recipe, string folder, params double[] losses)
    {
        using BaseModel baseModel = BaseModel.Open(ReferenceModel.Tiny.Base);
        _config = baseModel.Config;
        LoraConfig lora = recipe.ToLoraConfig("tiny");
        manual_seed(recipe.Seed);
        _model = ModelLoader.Build(baseModel, lora, null, 2, Pad, recipe.Dropout);
        Manifest manifest = new() { Version = 1, Labels = ["fake", "real"], PadTokenId = Pad, Pooling = Manifest.RightmostNonPad, MaxTokens = 64, TextFormat = Article.TextFormat, Temperature = 1 };
        Trainer = new(_model, recipe, Pad, Articles);
        Checkpoints = new(folder, recipe.SaveTotalLimit, new Dictionary<string, string> { ["data"] = "one" }, Ranks.Alone, target =>
            AdapterDirectory.Save(target, lora, ModelLoader.ToFloatTensors(_model), manifest, "card"));
        var pretended = new Queue<double>(losses);
        Run = new(
            _model, Trainer, recipe, Articles,
            token => pretended.TryDequeue(out double loss) ? new(loss, 1 - loss, []) : Evaluator.Run(_model, Articles, (3, null), Pad, _ => OnEvaluatedBatch(), token),
            Checkpoints,
            this);
    }

    public static Example[] Articles { get; } = [.. Enumerable.Range(0, 8).Select(i => new Example([.. Enumerable.Range(1, 3 + i).Select(t => (t * 37 * (i + 1)) % 299)], i % 2, i + 2))];

    public Trainer Trainer { get; }

    public CheckpointStore Checkpoints { get; }

    public FineTuning Run { get; }

    public Action<StepResult> OnStep { get; set; } = _ => { };

    public Action OnEvaluatedBatch { get; set; } = () => { };

    public void Resume() => Run.Resume(_config);

    void IFineTuningObserver.OnStep(StepResult? lastRead) => OnStep(lastRead!.Value);

    /// <summary>Everything that a run ends with, as text.</summary>
    public string Result()
    {
        using var scope = NewDisposeScope();
        return string.Join("\n", Trainer.Trainable.Select(entry => $"{entry.Name} {Convert.ToHexString(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(entry.Value.data<float>().ToArray()))}"))
            + System.Text.Json.JsonSerializer.Serialize(Run.State);
    }

    public void Dispose()
    {
        Run.Dispose();
        Trainer.Dispose();
        _model.Dispose();
    }
}
