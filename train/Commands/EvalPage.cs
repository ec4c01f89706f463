using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Train.Audit;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.FineTuning;
using FakeNewsOnnx.Train.Model;
using FakeNewsOnnx.Train.Native;
using FakeNewsOnnx.Train.Report;

namespace FakeNewsOnnx.Train.Commands;

/// <summary>The report of an evaluation.</summary>
/// <param name="Data">The articles' files.</param>
/// <param name="Base">The base's directory.</param>
/// <param name="Adapter">The adapter's directory; null for the base alone.</param>
/// <param name="Batching">How many articles, and how many tokens with padding, run at once at most.</param>
/// <param name="Seed">Chooses the sample.</param>
/// <param name="IsQuiet">Whether nothing may be printed.</param>
internal sealed record EvalPage(DataFiles Data, string Base, string? Adapter, (int Rows, int? Tokens) Batching, int Seed, bool IsQuiet)
{
    /// <summary>Explains some of the articles with the model that they measured, and writes the page into a directory.</summary>
    public void Write(string output, AdapterClassifier classifier, LabelledArticles rows, IReadOnlyList<Example> examples, EvaluationResult evaluation, MetricsFile metrics, StepTimes times, CancellationToken cancellation)
    {
        var page = new ReportData
        {
            Title = $"{NameOf(Adapter ?? Base)} on {Data.ShortName}",
            Labels = classifier.Labels,
            Articles = [("measured", examples.Count), .. rows.Account.ByReasonInWords().Select(entry => ($"left out: {entry.Reason}", (int)entry.Rows))],
            Measured = metrics.CrossDomain,
            InDomain = metrics.InDomain,
            Lengths = new(classifier.MaxTokens, examples.Count(example => example.IsTruncated), [new("measured", [.. examples.Select(example => (example.Label, example.TokenCount))])]),
            Audit = Audit(rows, examples, classifier.Labels, times, cancellation),
            Hashes = Hashes(classifier.Tokenizer),
            Machine = Machine.Describe(),
        };
        int[] labels = [.. examples.Select(example => example.Label)];
        var measured = new MeasuredArticles(
            Predictions.FromLogits(classifier.Labels, labels, evaluation.Logits, classifier.Temperature),
            examples,
            places => rows.Read().Index().Where(row => places.Contains(row.Index)).ToDictionary(row => row.Index, row => row.Item.Article));
        var explainer = new SentenceExplainer(classifier.Tokenizer, classifier.MaxTokens, classifier.Temperature, left => Evaluator.Run(classifier.Model, left, Batching, classifier.PadTokenId, null, cancellation));
        page = times.Measure("explanations", () => Explain(page, measured, explainer), explained => explained.ArticlesShown.Count);
        ReportWriter.Write(Path.Combine(output, ReportWriter.FileName), page with { Timings = times.Steps });
    }

    private ReportData Explain(ReportData page, MeasuredArticles measured, SentenceExplainer explainer)
    {
        ShownArticles shown = measured.Choose(Seed);
        return IsQuiet
            ? measured.AddTo(page, shown, explainer, null)
            : ProgressDisplay.Run("explaining for the report", shown.Places.Count, 0, display => measured.AddTo(page, shown, explainer, display.Count("articles")));
    }

    /// <summary>What these articles reveal about their labels; null where there are not articles of each label.</summary>
    private AuditReport? Audit(LabelledArticles rows, IReadOnlyList<Example> examples, IReadOnlyList<string> labels, StepTimes times, CancellationToken cancellation) =>
        examples.Select(example => example.Label).Distinct().Count() < labels.Count ? null : times.Measure(
            "audit",
            () => Auditor.Run(
                AuditData.Read(rows.Read().Select(row => new AuditedArticle(row.Article, row.Label, SplitPart.Test, Data.Train.Count > 1 ? Path.GetFileName(row.File) : null, row.Line)), labels, cancellation),
                cancellation),
            audit => audit.Articles);

    private List<(string What, string Sha256)> Hashes(Gpt2Tokenizer tokenizer)
    {
        using BaseModel baseModel = BaseModel.Open(Base);
        List<(string What, string Sha256)> hashes = [("data", FileHash.Sha256(Data.Train)), ("base", baseModel.ComputeSha256()), ("tokenizer", tokenizer.Sha256)];
        if (Adapter is not null)
        {
            hashes.Add(("adapter", FileHash.Sha256(Path.Combine(Adapter, AdapterDirectory.WeightsFile))));
        }

        return hashes;
    }

    private static string NameOf(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
}
