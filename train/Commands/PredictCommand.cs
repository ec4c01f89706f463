using System.CommandLine;
using System.Globalization;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Model;
using FakeNewsOnnx.Train.Native;

namespace FakeNewsOnnx.Train.Commands;

/// <summary><c>train predict</c>: what TorchSharp makes of one article, or of a sample of a file's rows.</summary>
internal sealed class PredictCommand : Command
{
    private readonly Option<string> _base = SharedOptions.Base();
    private readonly Option<string> _adapter = new("--adapter") { Description = "The adapter directory that train fit wrote.", Required = true };
    private readonly TextOption _title = new("--title") { Description = "The article's title." };
    private readonly TextOption _content = new("--content") { Description = "The article's content." };
    private readonly Option<string?> _data = new("--data") { Description = "A file of articles, instead of one article." };
    private readonly Option<string[]> _column = new("--column") { Description = "A column name that differs: title=headline." };
    private readonly Option<string?> _encoding = SharedOptions.Encoding();
    private readonly Option<int> _rows = new Option<int>("--rows") { Description = "Rows of the sample table.", DefaultValueFactory = _ => 20 }.AtLeast(0);
    private readonly Option<int> _seed = new Option<int>("--seed") { Description = "Chooses the rows as Hugging Face datasets' shuffle(seed) does.", DefaultValueFactory = _ => 42 }.AtLeast(0);
    private readonly Option<DeviceChoice> _device = SharedOptions.Device();

    public PredictCommand()
        : base("predict", "Classify one article, or show a table of sampled rows.")
    {
        foreach (Option option in (Option[])[_base, _adapter, _title, _content, _data, _column, _encoding, _rows, _seed, _device])
        {
            Options.Add(option);
        }

        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), cancellation));
    }

    private void Run(ParseResult parsed, CancellationToken cancellation)
    {
        string? content = parsed.GetValue(_content), data = parsed.GetValue(_data);
        if (content is null == data is null)
        {
            throw new UsageException("predict takes either --content, with or without --title, or --data.");
        }

        TorchLibrary.Require();
        using AdapterClassifier classifier = AdapterClassifier.Open(
            SharedOptions.ResolveBase(parsed.GetRequiredValue(_base), cancellation).Directory, parsed.GetRequiredValue(_adapter), TorchDevice.Choose(parsed.GetValue(_device)));
        foreach (string note in classifier.Notes)
        {
            Console.Error.WriteLine($"note: {note}");
        }

        if (content is not null)
        {
            float[] probabilities = classifier.Classify(new(parsed.GetValue(_title), content));
            foreach (var (label, probability) in classifier.Labels.Zip(probabilities).OrderByDescending(entry => entry.Second))
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{label} {probability:F4}"));
            }

            return;
        }

        PrintSample(classifier, parsed, cancellation);
    }

    private void PrintSample(AdapterClassifier classifier, ParseResult parsed, CancellationToken cancellation)
    {
        TextEncoding? encoding = parsed.GetValue(_encoding) is { } name ? TextEncoding.Parse(name) : null;
        using IArticleReader reader = ArticleFile.Open(parsed.GetRequiredValue(_data)!, ArticleColumns.Parse(parsed.GetValue(_column) ?? []), encoding, note => Console.Error.WriteLine($"note: {note}"));
        ArticleRow[] rows = [.. reader.ReadValidRows().Where(row => !string.IsNullOrWhiteSpace(row.Article!.Title) && !string.IsNullOrWhiteSpace(row.Article.Content))];
        SampleTable.Print(classifier.Labels, NumpyRandom.Sample(rows.Length, parsed.GetValue(_rows), parsed.GetValue(_seed)).Select(i =>
        {
            cancellation.ThrowIfCancellationRequested();
            return (rows[i].Article!, rows[i].Label ?? "", classifier.Classify(rows[i].Article!));
        }));
    }
}
