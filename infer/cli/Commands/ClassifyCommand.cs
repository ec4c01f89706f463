using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Infer;

/// <summary><c>infer classify</c>: one article from the command line.</summary>
internal static class ClassifyCommand
{
    public static Command Create()
    {
        var model = new ModelOptions();
        var article = new ArticleOptions();
        var json = SharedOptions.Json();
        var command = new Command("classify", "Labels one article.");
        article.AddTo(command);
        command.Add(json);
        model.AddTo(command);
        command.Validators.Add(result =>
        {
            if (article.CountBodies(result) != 1)
            {
                result.AddError("expected either --content or --text-file.");
            }
        });
        command.SetAction(parsed => Run(() => model.Load(parsed, Environment.ProcessorCount), article.Read(parsed), parsed.GetValue(json)));
        return command;
    }

    /// <summary>Prints a label and what stands behind it.</summary>
    public static void Print(Classification result, OrderedDictionary<string, float> probabilities)
    {
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Label} {result.Score:F4}"));
        foreach (var (label, probability) in probabilities)
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  p({label}) = {probability:F4}"));
        }

        Console.Out.WriteLine($"  {result.TokenCount} tokens{(result.Truncated ? ", truncated" : "")}");
    }

    /// <summary>Each label with its probability, in the order of the labels' ids.</summary>
    public static OrderedDictionary<string, float> NameProbabilities(ArticleClassifier classifier, Classification result) =>
        new(classifier.Labels.Zip(result.Probabilities, KeyValuePair.Create));

    private static int Run(Func<ArticleClassifier> load, Article article, bool json)
    {
        using var classifier = load();
        var result = classifier.Classify(article);
        var probabilities = NameProbabilities(classifier, result);
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(
                new(result.Label, result.Score, probabilities, result.TokenCount, result.Truncated), InferJson.Default.ClassifyOutput));
            return 0;
        }

        Print(result, probabilities);
        return 0;
    }
}
