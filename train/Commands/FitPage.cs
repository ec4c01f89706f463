using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Train.Audit;
using FakeNewsOnnx.Train.Native;
using FakeNewsOnnx.Train.Report;
using FakeNewsOnnx.Train.Training;

namespace FakeNewsOnnx.Train.Commands;

/// <summary>The report of a fit.</summary>
internal static class FitPage
{
    private static readonly string[] FileInputs = ["data", "validation data", "test data", "base", "tokenizer"];

    /// <summary>Gathers all but the adapter's hash, and explains articles with the trained model.</summary>
    public static ReportData Gather(FitSession session, FitResults results, StepTimes times, CancellationToken cancellation)
    {
        ArticleDataset data = session.Data;
        Manifest manifest = results.Manifest;
        var page = new ReportData
        {
            Title = $"{manifest.BaseModel}, fine-tuned on {session.Files.ShortName}",
            Labels = manifest.Labels,
            Articles =
            [
                .. Enum.GetValues<SplitPart>().Select(part => (NameOf(part), data[part].Count)),
                ("left out: no title or content", data.Incomplete),
                ("left out: an ignored label", data.Ignored),
            ],
            Measured = results.Metrics.Own,
            Training = results.State,
            Lengths = new(manifest.MaxTokens, data.Truncated, [.. Enum.GetValues<SplitPart>().Select(part => new PartLengths(NameOf(part), [.. data[part].Select(example => (example.Label, example.TokenCount))]))]),
            Audit = times.Measure("audit", () => Auditor.Run(data, manifest.Labels, session.Files, cancellation), audit => audit.Articles),
            Recipe = session.Recipe,
            Hashes = [.. FileInputs.Select(name => (name, session.Inputs[name])).Where(entry => entry.Item2 != FitSession.NoFile)],
            Machine = Machine.Describe(),
        };
        var articles = new MeasuredArticles(results.Predictions, data[results.Part], places => data.ReadArticles(results.Part, places));
        var explainer = new SentenceExplainer(session.Tokenizer, manifest.MaxTokens, manifest.Temperature, examples =>
            Evaluation.Run(session.Model, examples, (session.Recipe.EvalBatchSize, session.Recipe.MaxBatchTokens), manifest.PadTokenId, null, cancellation));
        page = times.Measure("explanations", () => ReportPage.AddArticles(page, articles, session.Recipe.Seed, explainer, isQuiet: false), explained => explained.ArticlesShown.Count);
        return page with { Timings = times.Steps };
    }

    /// <summary>Writes the page of an adapter that has been written.</summary>
    public static void Write(string output, ReportData page)
    {
        string adapter = FileHash.Sha256(Path.Combine(output, AdapterDirectory.WeightsFile));
        ReportWriter.Write(Path.Combine(output, ReportWriter.FileName), page with { Hashes = [.. page.Hashes, ("adapter", adapter)] });
    }

    private static string NameOf(SplitPart part) => part.ToString().ToLowerInvariant();
}
