using System.Text.Json;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Train.Commands;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Recipes;
using FakeNewsOnnx.Train.Training;

namespace FakeNewsOnnx.Tests.Train;

/// <summary>The notebook's choice of rows, and its recipe on local files of the same columns.</summary>
internal sealed class NotebookTests
{
    /// <summary>numpy 1.24: <c>default_rng(42).permutation(114522)[:128]</c>, what <c>shuffle(seed=42).select(range(128))</c> takes of the notebook's training rows.</summary>
    private static readonly int[] TrainRows =
    [
            1284, 70299, 45820, 13970, 22392, 26964, 78878, 23735, 27393, 86130, 23875, 113314, 51568, 77764, 4509, 33341, 75934, 20677, 5816, 97339, 67790,
            85316, 81423, 95002, 67159, 91526, 8194, 52575, 60176, 28362, 87189, 13450, 82167, 99423, 30072, 94763, 78690, 63845, 2776, 35775, 22444, 114341,
            11235, 39751, 71768, 614, 58736, 90768, 23558, 14586, 47979, 8412, 66856, 47534, 31319, 21929, 8331, 32865, 69195, 86502, 64308, 35097, 91269, 42835,
            6552, 79104, 81401, 102939, 14359, 27937, 16924, 32392, 37532, 58294, 46487, 39909, 27733, 5771, 37313, 54158, 25012, 38907, 55261, 77988, 26750,
            101661, 94020, 94112, 60620, 37859, 113059, 49788, 95345, 55941, 95058, 1484, 6391, 1495, 37208, 55655, 43580, 58856, 43008, 48310, 43982, 47753,
            96894, 13540, 11822, 72158, 2179, 92619, 71615, 34029, 97303, 83842, 97904, 68024, 63276, 88154, 29898, 90651, 26511, 414, 62445, 50924, 62154, 73537,
    ];

    /// <summary>numpy 1.24: <c>default_rng(42).permutation(12728)[:20]</c>, the notebook's sample table.</summary>
    private static readonly int[] SampleRows =
    [
            1807, 5874, 330, 8473, 1641, 4587, 6970, 8356, 5492, 5415, 5954, 420, 5650, 1715, 2899, 6239, 12454, 4363, 9568, 7696,
    ];

    /// <summary>As many rows as the notebook's training file has after its filter, and one with no title that must not count.</summary>
    [Test]
    public void TrainRows_AreThoseThatNumpyChooses()
    {
        using var folder = new TemporaryFolder();
        string train = folder.Write("train.csv", "title,content,classification\n,no title,fake\n" + string.Concat(Enumerable.Range(0, 114_522).Select(i => $"t,{i},{(i % 2 == 0 ? "fake" : "real")}\n")));
        string validation = folder.Write("validation.csv", "title,content,classification\nt,v,fake\n");
        using BaseModel baseModel = BaseModel.Open(Repository.PathOf("models", "gpt2-mini"));
        ArticleDataset dataset = ArticleDataset.Read(new([train], [validation]), Recipe.Load("notebook", []), new(null, baseModel.RequireTokenizer(), 8));
        Assert.That(dataset[SplitPart.Train].Select(example => (int)example.Line - 3), Is.EqualTo(TrainRows));
        Assert.That(dataset.Account.ToString(), Is.EqualTo("114,524 rows read = 129 used + 114,395 left out (1 missing title, 114,394 not drawn)"));
    }

    [Test]
    public void SampleRows_AreThoseThatNumpyChooses() => Assert.That(NumpyRandom.Sample(12_728, 20, 42), Is.EqualTo(SampleRows));

    [Test]
    public void Recipe_HasTheNotebooksSettings()
    {
        Recipe recipe = Recipe.Load("notebook", []);
        Assert.That(
            (recipe.Rank, recipe.LoraAlpha, recipe.LoraDropout, recipe.Dropout, recipe.LearningRate, recipe.WeightDecay, recipe.TrainBatchSize, recipe.Epochs, recipe.TrainRows, recipe.SampleRows, recipe.Seed),
            Is.EqualTo((4, 32.0, 0.01, 0.1, 2e-3, 0.01, 16, 10, 128, 20, 42)));
        Assert.That(recipe.MetricForBestModel, Is.EqualTo(BestMetric.Loss));
        Assert.That(recipe.EvalStrategy, Is.EqualTo(Strategy.Epoch));
    }

    [Test]
    public async Task Fit_WithTheNotebooksRecipe_RunsOnLocalFiles()
    {
        using var folder = new TemporaryFolder();
        string sample = Repository.PathOf("samples", "horne-adali-2017.csv"), output = folder.In("adapter");
        int exitCode = await ProgramHost.RunAsync(new("train") { new FitCommand() },
        [
            "fit", "--recipe", "notebook", "--data", sample, "--validation-data", sample, "--base", Repository.PathOf("models", "gpt2-mini"), "--out", output, "--cache-dir", folder.Path,
            "--ignore-labels", "satire", "--max-length", "8", "--num-train-epochs", "2",
        ]);
        Assert.That(exitCode, Is.Zero);
        TrainerState state = TrainerState.Load(output);
        Assert.That(state.MaxSteps, Is.EqualTo(16));
        Assert.That(state.History.Select(entry => (entry.Step, entry.Loss is null)), Is.EqualTo(new[] { (8, false), (8, true), (16, false), (16, true) }));
        Assert.That(state.BestMetric, Is.EqualTo(state.History.Min(entry => entry.EvalLoss)));
        using JsonDocument recipe = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(output, "recipe.json")));
        Assert.That(recipe.RootElement.GetProperty("num_train_epochs").GetInt32(), Is.EqualTo(2));
        Assert.That(recipe.RootElement.GetProperty("train_rows").GetInt32(), Is.EqualTo(128));
        string[] evaluate = ["eval", "--base", Repository.PathOf("models", "gpt2-mini"), "--data", sample, "--ignore-labels", "satire", "--adapter", Path.Combine(output, "checkpoint-8")];
        Assert.That(await ProgramHost.RunAsync(new("train") { new EvalCommand() }, evaluate), Is.Zero);
    }
}
