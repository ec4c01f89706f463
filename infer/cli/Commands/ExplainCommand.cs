using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Infer;

/// <summary><c>infer explain</c>: which sentences of an article carry its label.</summary>
internal static class ExplainCommand
{
    /// <summary>A sentence is marked when its change is at least this part of the largest one.</summary>
    private const float MarkedPart = 0.5f;

    /// <summary>Smaller changes are no reason for a label: they print as ±0.000.</summary>
    private const float SmallestShown = 0.0005f;

    public static Command Create()
    {
        var model = new ModelOptions();
        var given = new ArticleOptions();
        var file = new Argument<string?>("FILE") { Description = "A file that has the article in one of its rows: CSV, or JSON by .jsonl, .ndjson or .json; packed with gzip or Zstandard or not.", Arity = ArgumentArity.ZeroOrOne };
        var line = new Option<long?>("--line") { Description = "The line of FILE on which the article's record starts, as messages and audits name it; in an array, which object it is.", HelpName = "N" };
        var columns = new Option<string[]>("--column") { Description = "Where a field of FILE is, if not in 'title' and 'content': title=NAME or content=NAME.", HelpName = "FIELD=NAME" };
        var encoding = SharedOptions.Encoding();
        var json = SharedOptions.Json();
        var command = new Command("explain", "Labels one article and says which of its sentences carry the label: each is left out in turn.") { file, line, columns, encoding, json };
        given.AddTo(command);
        model.AddTo(command);
        command.Validators.Add(result =>
        {
            bool hasFile = result.GetResult(file) is { Tokens.Count: > 0 };
            if (given.CountBodies(result) + (hasFile ? 1 : 0) != 1 || hasFile != (result.GetResult(line) != null))
            {
                result.AddError("expected one of --content, --text-file, or FILE with --line.");
            }
        });
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(
            () => model.Load(parsed, threadsPerArticle: 1),
            parsed.GetValue(file) is { } path ? Find(path, parsed.GetValue(line)!.Value, ArticleColumns.Parse(parsed.GetValue(columns) ?? []), SharedOptions.Read(parsed, encoding)) : given.Read(parsed),
            parsed.GetValue(json),
            cancellation)));
        return command;
    }

    private static int Run(Func<ArticleClassifier> load, Article article, bool json, CancellationToken cancellation)
    {
        using var classifier = load();
        var explanation = classifier.Explain(article, cancellation);
        var result = explanation.Classification;
        var probabilities = ClassifyCommand.NameProbabilities(classifier, result);
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(
                new(result.Label, result.Score, probabilities, result.TokenCount, result.Truncated, explanation.Sentences), InferJson.Default.ExplainOutput));
            return 0;
        }

        ClassifyCommand.Print(result, probabilities);
        Console.Out.WriteLine($"  change of p({result.Label}) with each sentence, * where it is largest:");
        float largest = explanation.Sentences.Max(sentence => Math.Abs(sentence.Change ?? 0));
        foreach (var sentence in explanation.Sentences)
        {
            Print(sentence, largest);
        }

        return 0;
    }

    private static void Print(ExplainedSentence sentence, float largest)
    {
        bool isMarked = sentence.Change is { } change && Math.Abs(change) >= Math.Max(SmallestShown, MarkedPart * largest);
        if (isMarked)
        {
            Console.ForegroundColor = sentence.Change > 0 ? ConsoleColor.Yellow : ConsoleColor.Cyan;
        }

        string number = sentence.Change?.ToString("+0.000;-0.000;+0.000", CultureInfo.InvariantCulture) ?? "unread";
        Console.Out.WriteLine($"{(isMarked ? '*' : ' ')} {number}  {OneLine(sentence.Text)}");
        if (isMarked)
        {
            Console.ResetColor();
        }
    }

    /// <summary>Text that cannot steer a terminal: articles come from anywhere.</summary>
    private static string OneLine(string text) => string.Join(' ', new string([.. text.Select(letter =>
        char.GetUnicodeCategory(letter) is UnicodeCategory.Control or UnicodeCategory.Format ? ' ' : letter)]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static Article Find(string path, long line, ArticleColumns columns, TextEncoding? encoding)
    {
        using var input = ArticleInput.Open([path], RowFormats.TryFormatOf(path) ?? RowFormat.Csv, columns, CsvArticleReader.DefaultMaxFieldBytes, encoding, SharedOptions.PrintNote);
        var row = input.ReadRows().Select(entry => entry.Row).FirstOrDefault(row => row.Line >= line);
        return row?.Line != line ? throw new UsageException($"{path}: expected a record that starts on line {line}; found {(row == null ? "the file's end" : $"the next one on line {row.Line}")}.")
            : row.Error is { } error ? throw new InvalidDataException($"{path}({line}): {error}")
            : Scorable.FateOf(row) == RowFate.Used ? Scorable.Of(row)
            : throw new InvalidDataException($"{path}({line}): {Scorable.NoContent}");
    }
}
