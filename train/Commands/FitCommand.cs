using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using FakeNewsOnnx.Data;
using FakeNewsOnnx.Train.Lora;
using FakeNewsOnnx.Train.Training;
using Spectre.Console;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Commands;

/// <summary><c>train fit</c>: from labelled articles to a LoRA adapter directory.</summary>
internal sealed class FitCommand : Command
{
    private readonly Option<string> _data = new("--data") { Description = "A CSV file of labelled articles.", Required = true };
    private readonly Option<string> _base = new("--base") { Description = "The base model's directory.", Required = true };
    private readonly Option<string> _out = new("--out") { Description = "The adapter directory to write.", Required = true };
    private readonly Option<bool> _overwrite = new("--overwrite-output-dir") { Description = "Replace an adapter that is already there." };
    private readonly Option<string?> _saveTest = new("--save-test") { Description = "Also write the held-out rows to this CSV file, as they are." };
    private readonly Option<string?> _baseName = new("--base-name") { Description = "The base's name on the hub [default: its directory's name]." };
    private readonly Option<int> _threads = new("--threads") { Description = "CPU threads; another number may change the last digits.", DefaultValueFactory = _ => Environment.ProcessorCount };
    private readonly RecipeOptions _recipe;

    public FitCommand()
        : base("fit", "Fine-tune GPT-2 with LoRA on labelled articles.")
    {
        foreach (Option option in (Option[])[_data, _base, _out, _overwrite, _saveTest, _baseName, _threads])
        {
            Options.Add(option);
        }

        _recipe = new(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), cancellation));
    }

    private void Run(ParseResult parsed, CancellationToken cancellation)
    {
        string data = parsed.GetRequiredValue(_data), output = parsed.GetRequiredValue(_out);
        if (!parsed.GetValue(_overwrite) && File.Exists(Path.Combine(output, AdapterDirectory.WeightsFile)))
        {
            throw new UsageException($"{output}: an adapter is already there; --overwrite-output-dir replaces it.");
        }

        Recipe recipe = _recipe.Resolve(parsed);
        using BaseModel baseModel = BaseModel.Open(parsed.GetRequiredValue(_base));
        Gpt2Tokenizer tokenizer = baseModel.RequireTokenizer();
        int maxTokens = Math.Min(recipe.MaxLength ?? baseModel.Config.Positions, baseModel.Config.Positions);
        int pad = baseModel.Config.EffectivePadTokenId;
        ArticleDataset dataset = ArticleDataset.Read(data, recipe, tokenizer, maxTokens);
        IReadOnlyList<Example> train = dataset[SplitPart.Train], validation = dataset[SplitPart.Validation], test = dataset[SplitPart.Test];
        Print($"{data}: {train.Count} articles to train on, {validation.Count} to validate, {test.Count} held out; left out: {dataset.Incomplete} without title or content, {dataset.Ignored} with an ignored label; {dataset.Truncated} longer than {maxTokens} tokens");

        set_num_threads(parsed.GetValue(_threads));
        manual_seed(recipe.Seed);
        LoraConfig lora = recipe.ToLoraConfig(parsed.GetValue(_baseName) ?? baseModel.Name);
        lora.CheckNames(baseModel.Config, "recipe");
        using Gpt2ForSequenceClassification model = ModelLoader.Build(baseModel, lora, null, recipe.Labels.Count, pad, recipe.Dropout);
        Print($"{ModelLoader.DescribeTrainable(model, lora)}");

        Evaluation Evaluate(IReadOnlyList<Example> examples) => Evaluation.Run(model, examples, recipe.EvalBatchSize, pad, cancellation);
        Evaluation baseValidation = Evaluate(validation), baseTest = Evaluate(test);
        Print($"base, before training: validation loss {baseValidation.Loss:F4}, accuracy {baseValidation.Accuracy:F4}");

        var epochs = new List<EpochResult>();
        using var trainer = new Trainer(model, recipe, pad, train.Count);
        EpochResult? best = null;
        ProgressDisplay.Run("training", trainer.TotalSteps, report =>
            best = trainer.Fit(train, validation, step => report(string.Create(CultureInfo.InvariantCulture, $"loss {step.Loss:F4}")), epochs.Add, cancellation));
        PrintEpochs(epochs, best!);

        Evaluation tuned = Evaluate(test);
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
            TrainingDataSha256 = HashFile(data),
            Metrics = new SortedDictionary<string, double>(StringComparer.Ordinal)
            {
                ["accuracy"] = tuned.Accuracy,
                ["base_accuracy"] = baseTest.Accuracy,
                ["best_epoch"] = best!.Number,
                ["loss"] = tuned.Loss,
                ["majority_accuracy"] = (double)test.CountBy(example => example.Label).Max(label => label.Value) / test.Count,
                ["test_rows"] = test.Count,
                ["validation_accuracy"] = best.Validation.Accuracy,
                ["validation_loss"] = best.Validation.Loss,
            },
            SelfTest = SelfTestRecorder.Record(model, tokenizer, maxTokens, pad),
        };
        AdapterDirectory.Save(output, lora, ModelLoader.ToFloatTensors(model), manifest, ModelCard.Write(manifest, recipe, Path.GetFileName(data), train.Count));
        AtomicFile.Write(Path.Combine(output, "recipe.json"), stream => stream.Write(recipe.ToUtf8Json()));
        if (parsed.GetValue(_saveTest) is { } testPath)
        {
            dataset.WriteTestRows(data, ArticleColumns.Parse(recipe.Columns), testPath);
        }

        Print($"held out, {test.Count} articles: loss {tuned.Loss:F4}, accuracy {tuned.Accuracy:F4} (base {baseTest.Accuracy:F4})");
        Print($"adapter written to {output}");
    }

    private static void PrintEpochs(List<EpochResult> epochs, EpochResult best)
    {
        var table = new Table { Border = TableBorder.Markdown };
        table.AddColumns("Epoch", "Training Loss", "Validation Loss", "Accuracy", "");
        foreach (EpochResult epoch in epochs)
        {
            table.AddRow(
                epoch.Number.ToString(CultureInfo.InvariantCulture),
                epoch.TrainingLoss.ToString("F4", CultureInfo.InvariantCulture),
                epoch.Validation.Loss.ToString("F4", CultureInfo.InvariantCulture),
                epoch.Validation.Accuracy.ToString("F4", CultureInfo.InvariantCulture),
                epoch == best ? "kept" : "");
        }

        AnsiConsole.Write(table);
    }

    private static string HashFile(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static void Print(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
