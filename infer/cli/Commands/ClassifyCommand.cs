using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FakeNewsOnnx.Data;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Infer;

/// <summary><c>infer classify</c>: one article from the command line.</summary>
internal static class ClassifyCommand
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static Command Create()
    {
        var model = new ModelOptions();
        var title = new Option<string?>("--title") { Description = "The article's headline.", HelpName = "TEXT" };
        var content = new Option<string?>("--content") { Description = "The article's body.", HelpName = "TEXT" };
        var textFile = new Option<string?>("--text-file") { Description = "A UTF-8 file that holds the article's body.", HelpName = "FILE" };
        var json = SharedOptions.Json();
        var command = new Command("classify", "Labels one article.") { title, content, textFile, json };
        model.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(content) == null == (result.GetResult(textFile) == null))
            {
                result.AddError("expected either --content or --text-file.");
            }
        });
        command.SetAction(parsed => Run(
            () => model.Load(parsed, Environment.ProcessorCount),
            new(parsed.GetValue(title), parsed.GetValue(textFile) is { } path ? ReadText(path) : parsed.GetValue(content)),
            parsed.GetValue(json)));
        return command;
    }

    private static int Run(Func<ArticleClassifier> load, Article article, bool json)
    {
        if (string.IsNullOrEmpty(article.Content))
        {
            throw new UsageException("the article has no content.");
        }

        using var classifier = load();
        var result = classifier.Classify(article);
        var probabilities = new OrderedDictionary<string, float>(classifier.Labels.Zip(result.Probabilities, KeyValuePair.Create));
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(
                new(result.Label, result.Score, probabilities, result.TokenCount, result.Truncated), InferJson.Default.ClassifyOutput));
            return 0;
        }

        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Label} {result.Score:F4}"));
        foreach (var (label, probability) in probabilities)
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  p({label}) = {probability:F4}"));
        }

        Console.Out.WriteLine($"  {result.TokenCount} tokens{(result.Truncated ? ", truncated" : "")}");
        return 0;
    }

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path, StrictUtf8);
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"{path}: expected UTF-8; found the byte 0x{e.BytesUnknown![0]:X2}.", e);
        }
    }
}
