using System.CommandLine;
using System.Text.Json;
using FakeNewsOnnx.Articles;

namespace FakeNewsOnnx.Infer;

/// <summary><c>infer compare</c>: may a smaller or faster file take another one's place?</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var reference = new Argument<string>("REFERENCE") { Description = "The ONNX file to compare with, usually fp32." };
        var candidate = new Argument<string>("CANDIDATE") { Description = "The ONNX file that may replace it: another precision or form of the same classifier." };
        var data = new Option<string>("--data") { Description = "A file of labelled articles that were not trained on: CSV, or JSON by .jsonl, .ndjson or .json.", HelpName = "FILE", Required = true };
        var columns = new Option<string[]>("--column") { Description = "Where a field is, if not in 'title', 'content' and 'classification': title=NAME, content=NAME or label=NAME.", HelpName = "FIELD=NAME" };
        var encoding = SharedOptions.Encoding();
        var maxDrop = new Option<double>("--max-accuracy-drop")
        {
            Description = $"How much less of the articles the candidate may label right, from 0 to 1. Below {Comparison.RowsForAccuracy} rows a drop proves nothing: then at most {Comparison.MaxFlips} label may change, and 99 % of the probabilities may move by at most {Comparison.MaxProbabilityChange}.",
            HelpName = "NUMBER",
            DefaultValueFactory = _ => 0.005,
        };
        maxDrop.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 0 and <= 1) and var value)
            {
                result.AddError(FormattableString.Invariant($"--max-accuracy-drop must be from 0 to 1; found {value}."));
            }
        });
        var json = SharedOptions.Json();
        var command = new Command("compare", "Compares two forms of a classifier on labelled articles; fails when the candidate is worse.") { reference, candidate, data, columns, encoding, maxDrop, json };
        command.SetAction((parsed, cancellation) => RunAsync(
            new(parsed.GetRequiredValue(data), ArticleColumns.Parse(parsed.GetValue(columns) ?? []), SharedOptions.Read(parsed, encoding)),
            parsed.GetRequiredValue(reference),
            parsed.GetRequiredValue(candidate),
            parsed.GetValue(maxDrop),
            parsed.GetValue(json),
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(LabelledArticles articles, string reference, string candidate, double maxDrop, bool json, CancellationToken cancellation)
    {
        ScoredModel before = await articles.ScoreAsync(reference, SharedOptions.PrintNote, cancellation).ConfigureAwait(false);
        ScoredModel after = await articles.ScoreAsync(candidate, note: null, cancellation).ConfigureAwait(false);
        var comparison = Comparison.Of(before, after, maxDrop);
        Console.Out.WriteLine(json ? JsonSerializer.Serialize(comparison, InferJson.Default.Comparison) : comparison.ToString());
        return comparison.Passed ? 0 : 1;
    }
}
