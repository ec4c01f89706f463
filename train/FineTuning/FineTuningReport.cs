using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Train.Audit;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.Native;
using FakeNewsOnnx.Train.Report;

namespace FakeNewsOnnx.Train.FineTuning;

/// <summary>The page and the model card of a run.</summary>
internal static class FineTuningReport
{
    private static readonly string[] FileInputs = ["data", "validation data", "test data", "base", "tokenizer"];

    /// <summary>Gathers all but the adapter's hash: audits the articles, and explains some of them with the trained model.</summary>
    public static ReportData Gather(FineTuningInputs inputs, FineTuningResult result, StepTimes times, IFineTuningObserver observer, CancellationToken cancellation)
    {
        ArticleDataset data = inputs.Data;
        Manifest manifest = result.Manifest;
        SplitPart[] parts = Enum.GetValues<SplitPart>();
        var page = new ReportData
        {
            Title = $"{manifest.BaseModel}, fine-tuned on {inputs.Job.Files.ShortName}",
            Labels = manifest.Labels,
            Articles =
            [
                .. parts.Select(part => (NameOf(part), data[part].Count)),
                .. data.Account.ByReasonInWords().Select(entry => ($"left out: {entry.Reason}", (int)entry.Rows)),
            ],
            Measured = result.Metrics.Own,
            Training = result.State,
            Lengths = new(manifest.MaxTokens, data.Truncated, [.. parts.Select(part => new PartLengths(NameOf(part), [.. data[part].Select(example => (example.Label, example.TokenCount))]))]),
            Audit = times.Measure("audit", () => Auditor.Run(data, manifest.Labels, inputs.Job.Files, cancellation), audit => audit.Articles),
            Recipe = inputs.Job.Recipe,
            Hashes = [.. FileInputs.Select(name => (name, inputs.Hashes[name])).Where(entry => entry.Item2 != FineTuningInputs.NoFile)],
            Machine = Machine.Describe(),
        };
        var articles = new MeasuredArticles(result.Predictions, data[result.Part], places => data.ReadArticles(result.Part, places));
        var explainer = new SentenceExplainer(inputs.Tokenizer, manifest.MaxTokens, manifest.Temperature, examples =>
            Evaluator.Run(inputs.Model, examples, (inputs.Job.Recipe.EvalBatchSize, inputs.Job.Recipe.MaxBatchTokens), manifest.PadTokenId, null, cancellation));
        page = times.Measure("explanations", () => Explain(page, articles, explainer, inputs.Job.Recipe.Seed, observer), explained => explained.ArticlesShown.Count);
        return page with { Timings = times.Steps };
    }

    /// <summary>Writes the page of an adapter that has been written.</summary>
    public static void Write(string output, ReportData page)
    {
        string adapter = FileHash.Sha256(Path.Combine(output, AdapterDirectory.WeightsFile));
        ReportWriter.Write(Path.Combine(output, ReportWriter.FileName), page with { Hashes = [.. page.Hashes, ("adapter", adapter)] });
    }

    /// <summary>The adapter's README.md.</summary>
    public static string ModelCardOf(FineTuningInputs inputs, FineTuningResult result, AuditReport? audit)
    {
        DataFiles files = inputs.Job.Files;
        var data = new CardData(files.ShortName, files.HubId, Enum.GetValues<SplitPart>().ToDictionary(part => part, part => inputs.Data[part].Count));
        return ModelCard.Write(result.Manifest, result.Metrics, inputs.Job.Recipe, data, audit);
    }

    private static ReportData Explain(ReportData page, MeasuredArticles articles, SentenceExplainer explainer, int seed, IFineTuningObserver observer)
    {
        ShownArticles shown = articles.Choose(seed);
        observer.During("explaining for the report", shown.Places.Count, 0, () => page = articles.AddTo(page, shown, explainer, observer.Count("articles")));
        return page;
    }

    private static string NameOf(SplitPart part) => part.ToString().ToLowerInvariant();
}
