using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.FineTuning;
using FakeNewsOnnx.Train.Model;
using FakeNewsOnnx.Train.Native;
using FakeNewsOnnx.Train.Recipes;
using Spectre.Console;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Commands;

/// <summary><c>train eval</c>: what an adapter, or a base alone, is worth on labelled articles, of its own source or another.</summary>
internal sealed class EvalCommand : Command
{
    private readonly Option<string[]> _data = SharedOptions.Data("Labelled articles");
    private readonly Option<string> _base = SharedOptions.Base();
    private readonly Option<string?> _adapter = new("--adapter") { Description = "An adapter directory or a checkpoint; without it the base is measured alone, with its own head or a new one." };
    private readonly Option<string[]> _column = new("--column") { Description = "A column name that differs: title=headline, label=verdict." };
    private readonly Option<string?> _encoding = SharedOptions.Encoding();
    private readonly Option<string?> _labels = new("--labels") { Description = "Label names in the order of their ids [default: those of the adapter, else fake,real]." };
    private readonly TextOption _ignoreLabels = new("--ignore-labels") { Description = "Labels whose rows are left out.", DefaultValueFactory = _ => "" };
    private readonly TextOption _mapLabels = new("--map-labels") { Description = "What the data calls the labels, where that differs: 0=fake,1=real.", DefaultValueFactory = _ => "" };
    private readonly Option<int> _batchSize = new Option<int>("--per-device-eval-batch-size") { Description = "Articles a batch; changes no result.", DefaultValueFactory = _ => 16 }.AtLeast(1);
    private readonly Option<int?> _batchTokens = new Option<int?>("--max-batch-tokens") { Description = "Tokens a batch, padding included; changes no result." }.AtLeast(1);
    private readonly Option<Precision> _precision = new("--precision") { Description = "How frozen weights are kept and multiplied: fp32 or bf16; auto is bf16 on a GPU that multiplies it, fp32 elsewhere." };
    private readonly Option<DeviceChoice> _device = SharedOptions.Device();
    private readonly Option<int> _seed = new Option<int>("--seed") { Description = "Seed of the head, where the base has none, and of the report's sample.", DefaultValueFactory = _ => 42 }.AtLeast(0);
    private readonly Option<int?> _threads = SharedOptions.Threads();
    private readonly Option<bool> _activationRanges = new("--activation-ranges") { Description = "Also write into the adapter directory how large activations get on these articles; 'export onnx --precision int8' uses it." };
    private readonly Option<string?> _out = new("--out") { Description = "Also write the metrics, beside those that the adapter has from its own source, into this directory as metrics.json, and the page report.html." };
    private readonly Option<bool> _json = SharedOptions.Json();

    public EvalCommand()
        : base("eval", "Measure an adapter, or a base alone, on labelled articles.")
    {
        foreach (Option option in (Option[])[_data, _base, _adapter, _column, _encoding, _labels, _ignoreLabels, _mapLabels, _batchSize, _batchTokens, _precision, _device, _seed, _threads, _activationRanges, _out, _json])
        {
            Options.Add(option);
        }

        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), cancellation));
    }

    private void Run(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(_activationRanges) && parsed.GetValue(_adapter) is null)
        {
            throw new UsageException("--activation-ranges needs --adapter: the ranges are written into its directory.");
        }

        string? output = parsed.GetValue(_out);
        if (output is not null && MetricsFile.TryLoad(output)?.Own is not null)
        {
            throw new UsageException($"{output}: {MetricsFile.FileName} holds what 'train fit' measured; --out needs another directory.");
        }

        TorchLibrary.Require();
        set_num_threads(parsed.GetValue(_threads) ?? Environment.ProcessorCount);
        manual_seed(parsed.GetValue(_seed));
        DataFiles data = SharedOptions.ResolveMeasured(parsed.GetRequiredValue(_data), cancellation);
        string @base = SharedOptions.ResolveBase(parsed.GetRequiredValue(_base), cancellation).Directory;
        string? adapter = parsed.GetValue(_adapter);
        IReadOnlyList<string>? labels = parsed.GetValue(_labels) is { } given ? Split(given) : adapter is null ? LabelMap.Default.Names : null;
        Device device = TorchDevice.Choose(parsed.GetValue(_device));
        ScalarType frozen = new Recipe { Precision = TorchDevice.Resolve(parsed.GetValue(_precision), device) }.FrozenType;
        using AdapterClassifier classifier = AdapterClassifier.Open(@base, adapter, device, labels, frozen);
        foreach (string note in classifier.Notes)
        {
            Console.Error.WriteLine($"note: {note}");
        }

        Recipe recipe = Recipe.Load(null, new()
        {
            ["labels"] = List(classifier.Labels),
            ["ignore_labels"] = List(Split(parsed.GetValue(_ignoreLabels)!)),
            ["map_labels"] = List(Split(parsed.GetValue(_mapLabels)!)),
            ["column"] = List(parsed.GetValue(_column) ?? []),
            ["encoding"] = parsed.GetValue(_encoding),
        });
        var times = new StepTimes();
        var rows = new LabelledArticles(data.Train, recipe);
        var tokens = new TokenCache(null, classifier.Tokenizer, classifier.MaxTokens);
        Example[] examples = times.Measure<Example[]>(
            "reading",
            () => [.. tokens.Encode(rows.Read(cancellation), row => row.Article).Select(entry => new Example(tokens.Tokens, entry.Tokens, entry.Row))],
            read => read.Length);
        foreach (string note in rows.Notes)
        {
            Console.Error.WriteLine($"note: {note}");
        }

        if (examples.Length == 0)
        {
            throw new InvalidDataException($"{data.Name}: no article is left to measure; {rows.Account}.");
        }

        (int, int?) batching = (parsed.GetValue(_batchSize), parsed.GetValue(_batchTokens));
        bool isQuiet = parsed.GetValue(_json);
        EvaluationResult Measure(Action<int>? onRows) => Evaluator.Run(classifier.Model, examples, batching, classifier.PadTokenId, onRows, cancellation);
        EvaluationResult evaluation = times.Measure(
            "evaluation",
            () => isQuiet ? Measure(null) : ProgressDisplay.Run("evaluating", examples.Length, 0, display => Measure(display.Count("articles"))),
            result => result.Logits.Length);
        if (parsed.GetValue(_activationRanges))
        {
            ActivationRangesFile.Save(adapter!, classifier.RecordActivationRanges(examples.Select(example => example.InputIds), cancellation));
        }

        MetricsReport report = Measurement.Report(data.ShortName, classifier.Labels, [.. examples.Select(example => example.Label)], evaluation.Logits, classifier.Temperature);
        MetricsReport? inDomain = adapter is null ? null : MetricsFile.TryLoad(adapter)?.Own;
        if (output is not null)
        {
            var metrics = new MetricsFile { InDomain = inDomain, CrossDomain = report };
            metrics.Save(Directory.CreateDirectory(output).FullName);
            new EvalPage(data, @base, adapter, batching, parsed.GetValue(_seed), isQuiet).Write(output, classifier, rows, examples, evaluation, metrics, times, cancellation);
        }

        if (isQuiet)
        {
            JsonObject json = MetricsFile.ToJson(report);
            json["articles"] = examples.Length;
            json["loss"] = evaluation.Loss;
            json["accuracy"] = evaluation.Accuracy;
            json["truncated"] = examples.Count(example => example.IsTruncated);
            json["rows"] = SharedOptions.ToJson(rows.Account);
            Console.WriteLine(json.ToJsonString());
            return;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{examples.Length} articles: loss {evaluation.Loss:F4}, accuracy {evaluation.Accuracy:F4}; {examples.Count(example => example.IsTruncated)} longer than {classifier.MaxTokens} tokens"));
        Console.WriteLine(rows.Account);
        AnsiConsole.Console.Print(MetricsTables.Of(report));
        if (inDomain is not null)
        {
            AnsiConsole.Console.Print([MetricsTables.AcrossSources(inDomain, report)]);
        }
    }

    private static JsonArray List(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
