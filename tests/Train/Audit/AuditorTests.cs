using FakeNewsOnnx.Train.Audit;
using FakeNewsOnnx.Train.Data;

namespace FakeNewsOnnx.Tests.Train.Audit;

internal sealed class AuditorTests
{
    [Test]
    public void Audit_OfRealArticlesThatAreAllDatedNamesTheAgency()
    {
        AuditReport report = AuditSample.Audit(AuditSample.Articles.Change(AuditSample.Real, (content, i) => AuditSample.Dateline(i) + content));

        Assert.That(report.Verdict, Has.Some.EqualTo("A model can tell real from fake here by one word: 'Reuters' appears in 100.0 % of real and 0.0 % of fake articles."));
        Assert.That(report.Verdict[0], Does.Contain("(Reuters)").Or.Contain("'Reuters'"), "the most important first");
        Assert.That(report.Find("phrases")!.Severity, Is.EqualTo(Severity.Serious));
        Assert.That(report.Find("phrases")!.Rows[0].Take(4), Is.EqualTo(new[] { "Reuters", "0.0 %", "100.0 %", "100.0 %" }));
        Assert.That(report.Find("sources")!.Rows[0].Take(3), Is.EqualTo(new[] { "Reuters", "0.0 %", "100.0 %" }));
        Assert.That(report.Find("datelines")!.Severity, Is.EqualTo(Severity.Serious));
        Assert.That(report.Find("datelines")!.Rows[0][2], Is.EqualTo("100.0 %"));
    }

    [Test]
    public void Audit_FindsApostrophesThatDifferBetweenLabels()
    {
        AuditReport report = AuditSample.Audit(AuditSample.Clean.Change(AuditSample.Fake, (content, _) => content.Replace('\'', '’')));

        Finding finding = report.Find("quote_styles")!;
        Assert.That(finding.Severity, Is.EqualTo(Severity.Serious));
        Assert.That(finding.Rows.Select(row => row[0]), Has.Some.EqualTo("an ASCII apostrophe (') inside a word"));
        Assert.That(finding.Rows.Single(row => row[0] == "an ASCII apostrophe (') inside a word")[1], Is.EqualTo("0.0 %"), "of the fake ones");
        Assert.That(report.Verdict, Has.Some.StartsWith("A model can tell").And.Some.Contains("apostrophe"));
    }

    [Test]
    public void Audit_OfCleanArticlesFindsNothingOfThatKind()
    {
        AuditReport report = AuditSample.Audit(AuditSample.Clean);

        Assert.That(report.Findings.Select(finding => finding.Id), Is.SubsetOf(new[] { "phrases", "sources", "punctuation", "numbers", "bag_of_words", "label_noise" }), "no datelines, credits, quotes, boiler-plate, copies");
        Assert.That(report.Findings.Where(finding => finding.Severity == Severity.Serious).Select(finding => finding.Id), Is.EqualTo(new[] { "punctuation" }), "titles in capitals are not cleaned");
    }

    [Test]
    public void Audit_OfEqualLabelsSaysThatNothingWasFound()
    {
        AuditReport report = AuditSample.Audit(AuditSample.Clean.Select((row, i) => row with { Label = i % 2 }));

        Assert.That(report.Verdict[0], Is.EqualTo("No trait of form, word or copy was found that gives labels away."));
    }

    [Test]
    public void Audit_FindsCopiesWithinAndAcrossPartsAndLabels()
    {
        AuditedArticle first = AuditSample.Articles[0] with { Part = SplitPart.Train, Line = 2 }, other = AuditSample.Articles[1] with { Part = SplitPart.Train, Line = 3 };
        string[] words = first.Article.Content!.Split(' ');
        words[words.Length / 2] = "something";
        AuditedArticle[] rows =
        [
            first,
            other,
            first with { Article = new("Another title", first.Article.Content.ToUpperInvariant().Replace("’", "'", StringComparison.Ordinal)), Line = 4 },
            first with { Article = new("Nearly", string.Join(' ', words)), Part = SplitPart.Test, File = "other.csv", Line = 5 },
            other with { Label = 1 - other.Label, Line = 6 },
            .. AuditSample.Articles.Skip(2),
        ];

        AuditReport report = AuditSample.Audit(rows);

        Assert.That(report.Find("duplicates_within_splits")!.Rows.Select(row => string.Join('|', row.Take(4))), Has.Some.EqualTo("exact|train, line 4|fake|train, line 2").And.Some.EqualTo("exact|train, line 6|real|train, line 3"));
        Finding across = report.Find("duplicates_across_splits")!;
        Assert.That(across.Rows[0].Skip(1).Take(3), Is.EqualTo(new[] { "test, other.csv, line 5", "fake", "train, line 2" }));
        Assert.That(double.Parse(across.Rows[0][0], System.Globalization.CultureInfo.InvariantCulture), Is.InRange(0.8, 0.999));
        Assert.That(across.Detail, Does.Contain("0 word for word, 1 nearly"));
        Finding contradiction = report.Find("duplicates_across_labels")!;
        Assert.That(contradiction.Rows.Single().Take(5), Is.EqualTo(new[] { "exact", "train, line 6", "real", "train, line 3", "fake" }));
        Assert.That(report.Verdict, Has.Some.EqualTo("Copied with another label: 1 article; one of the two labels is wrong."));
    }

    [Test]
    public void Audit_FindsSentencesThatRecur()
    {
        AuditReport report = AuditSample.Audit(AuditSample.Clean.Change(AuditSample.Real, (content, i) => content + (i % 2 == 0 ? "\nSign up for our daily newsletter!" : "")));

        Finding finding = report.Find("boilerplate")!;
        Assert.That(finding.Rows.Single()[0], Is.EqualTo("Sign up for our daily newsletter!"));
        Assert.That(finding.Severity, Is.EqualTo(Severity.Serious));
        Assert.That(report.Verdict, Has.Some.StartsWith("Boiler-plate gives labels away: 'Sign up for our daily newsletter!' is in "));
    }

    [Test]
    public void Audit_FindsALengthThatRevealsTheLabel()
    {
        AuditReport report = AuditSample.Audit(AuditSample.Clean.Change(AuditSample.Fake, (content, _) => content[..Math.Min(content.Length, 700)]));

        Finding finding = report.Find("numbers")!;
        Assert.That(finding.Severity, Is.EqualTo(Severity.Serious));
        Assert.That(finding.Rows[0].Take(2), Is.EqualTo(new[] { "characters of the content", "less with fake" }));
    }

    [Test]
    public void Audit_SaysHowFarABagOfWordsGets()
    {
        Finding finding = AuditSample.Audit(AuditSample.Articles).Find("bag_of_words")!;

        double accuracy = double.Parse(finding.Rows[0][1].TrimEnd(' ', '%'), System.Globalization.CultureInfo.InvariantCulture);
        Assert.That(accuracy, Is.InRange(84, 92), "scikit-learn reaches 86.9 % over five folds");
        Assert.That(finding.Rows[2], Is.EqualTo(new[] { "commonest label", "51.0 %" }));
    }

    [Test]
    public void Audit_FindsALabelThatTheWordsContradict()
    {
        AuditedArticle[] rows = AuditSample.Articles
            .Change(AuditSample.Real, (content, _) => "The ministry confirmed the figures on Tuesday. " + content[..Math.Min(content.Length, 100)])
            .Change(AuditSample.Fake, (content, _) => "Nobody wants you to learn what they hide. " + content[..Math.Min(content.Length, 100)]);
        int wrong = Array.FindIndex(rows, row => row.Label == AuditSample.Real);
        rows[wrong] = rows[wrong] with { Label = AuditSample.Fake };

        Finding finding = AuditSample.Audit(rows).Find("label_noise")!;

        Assert.That(finding.Rows[0].Take(3), Is.EqualTo(new[] { $"{rows[wrong].Part.ToString().ToLowerInvariant()}, line {rows[wrong].Line}", "fake", "real" }));
        Assert.That(finding.Severity, Is.EqualTo(Severity.Warning));
    }

    [Test]
    public void LogOdds_AreThoseOfFightinWords()
    {
        // The prior is 500 · 40/10,000 = 2 for each label: ln(32/(6500 − 32)) − ln(12/(4500 − 12)), over √(1/32 + 1/12).
        var (logOdds, z) = PhraseCheck.LogOdds([10, 30], [4000, 6000], label: 1, labels: 2);

        Assert.That(logOdds, Is.EqualTo(0.6152).Within(1e-3));
        Assert.That(z, Is.EqualTo(1.8173).Within(1e-3));
    }

    [TestCase("The council voted on Tuesday to build the bridge, and nobody spoke against it in the hall.", 1)]
    [TestCase("the COUNCIL voted on tuesday to build the bridge and nobody spoke against it — in the hall", 1)]
    [TestCase("The council voted on Tuesday to build a bridge, and nobody spoke against it in the hall.", 8.0 / 18)]
    [TestCase("Nobody has ever said anything of that kind about the people who live on the other side.", 0)]
    public void SimilarityTo_EstimatesThePartOfTheRunsOfWordsThatAreShared(string text, double expected)
    {
        var first = Fingerprint.Of("The council voted on Tuesday to build the bridge, and nobody spoke against it in the hall.");

        Assert.That(first.SimilarityTo(Fingerprint.Of(text)), Is.EqualTo(expected).Within(0.12), "three standard errors of 128 hashes");
    }
}
