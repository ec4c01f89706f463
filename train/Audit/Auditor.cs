using FakeNewsOnnx.Train.Data;

namespace FakeNewsOnnx.Train.Audit;

/// <summary>
/// Looks for what a data set reveals about its labels besides what is true or false. Copies and traits of form are looked for
/// in all articles, words and sentences in at most <see cref="AuditData.SampleSize"/> of them. Time grows with the text's length
/// (and n log n for n articles), memory by about 1 KB an article beside the sample's texts.
/// </summary>
internal static class Auditor
{
    private const string NothingFound = "No trait of form, word or copy was found that gives labels away.";

    /// <summary>Audits the articles of a training, as they were split.</summary>
    public static AuditReport Run(ArticleDataset data, IReadOnlyList<string> labels, DataFiles files, CancellationToken cancellation)
    {
        return Run(AuditData.Read(Enum.GetValues<SplitPart>().SelectMany(Read), labels, cancellation), cancellation);

        IEnumerable<AuditedArticle> Read(SplitPart part)
        {
            bool isNamed = files.Train.Count > 1 || part switch { SplitPart.Validation => files.Validation is not null, SplitPart.Test => files.Test is not null, _ => false };
            return data.ReadArticles(part).Zip(data[part], (article, example) => new AuditedArticle(article, example.Label, part, isNamed ? Path.GetFileName(example.Source) : null, example.Line));
        }
    }

    /// <summary>Makes all checks.</summary>
    /// <param name="data">The articles.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static AuditReport Run(AuditData data, CancellationToken cancellation)
    {
        IAuditCheck[] checks =
        [
            new PhraseCheck(cancellation), new MarkCheck(), new SourceCheck(), new DuplicateCheck(), new BoilerplateCheck(), new FeatureCheck(), new BagOfWordsCheck(cancellation),
        ];
        CheckResult[] results = [.. checks.SelectMany(check => check.Find(data)).OrderByDescending(result => result.Finding.Severity).ThenByDescending(result => result.Strength)];
        var verdict = results.Select(result => result.Sentence).OfType<string>().ToList();
        if (results.All(result => result.Finding.Severity == Severity.Note))
        {
            verdict.Insert(0, NothingFound);
        }

        if (data.Sample.Count == AuditData.SampleSize)
        {
            verdict.Add(FormattableString.Invariant($"Words and sentences were looked for in {AuditData.SampleSize} of {data.Profiles.Count} articles, copies and traits of form in all."));
        }

        return new(data.Profiles.Count, verdict, [.. results.Select(result => result.Finding)]);
    }
}
