using System.Globalization;
using FakeNewsOnnx.Checkpoint;

namespace FakeNewsOnnx.Tests.Docs;

/// <summary>The table of models/README.md is computed from the models' shapes.</summary>
internal sealed class ModelsReadmeTests
{
    private const int Rank = 4;
    private const int Labels = 2;

    /// <summary>Bytes of activations that a training step without dropout keeps for each token, layer and unit of width: see models/README.md.</summary>
    private const double BytesKept = 68;

    private static readonly (string Name, int Layers, int Width, int Heads, bool IsMini)[] Models =
    [
        ("gpt2-mini", 6, 128, 4, true),
        ("distilgpt2", 6, 768, 12, false),
        ("gpt2", 12, 768, 12, false),
        ("gpt2-medium", 24, 1024, 16, false),
        ("gpt2-large", 36, 1280, 20, false),
        ("gpt2-xl", 48, 1600, 25, false),
    ];

    [Test]
    public void TheTable_IsWhatTheShapesGive()
    {
        string[] lines = File.ReadAllLines(Repository.PathOf("models", "README.md"));
        string[] table = [.. lines.Where(line => line.StartsWith("| `", StringComparison.Ordinal))];
        Assert.That(table, Is.EqualTo(Models.Select(Row)));
    }

    private static string Row((string Name, int Layers, int Width, int Heads, bool IsMini) model)
    {
        var config = new Gpt2Config("gpt2", 50257, 1024, model.Width, model.Layers, model.Heads);
        double parameters = Gpt2Weights.All(config).Sum(weight => weight.Shape.Aggregate(1.0, (product, size) => product * size));
        double trained = Gpt2Weights.LinearModules(config).Where(module => !module.Name.EndsWith("c_fc", StringComparison.Ordinal)).Sum(module => (double)Rank * (module.In + module.Out)) + (Labels * model.Width);
        double masks = (double)model.Layers * config.Positions * config.Positions;
        double file = model.IsMini ? 2 * parameters : 4 * (parameters + masks);
        double training = (4 * parameters) + (16 * trained) + (BytesKept * model.Layers * model.Width * 2048);
        return string.Create(CultureInfo.InvariantCulture,
            $"| `{model.Name}` | {model.Layers} × {model.Width}, {model.Heads} heads | {parameters:N0} | {trained:N0} | {file / 1e6:N0} MB | {training / 1e9:F1} GB | {4 * parameters / 1e6:N0} MB | {2 * parameters / 1e6:N0} MB | {parameters / 1e6:N0} MB |");
    }
}
