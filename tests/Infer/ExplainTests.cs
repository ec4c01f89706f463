using System.Text.Json.Nodes;
using FakeNewsOnnx.Infer;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Tests.Infer;

/// <summary>Which sentences carry a label, on a model for which the mean byte decides: PPPPPP is 80 each, 0 is 48, and 45 is the border.</summary>
internal sealed class ExplainTests : InferFixture
{
    private const string Content = "00 00. PPPPPP. 00 000.";

    [SetUp]
    public void ReadWholeArticles() => File.WriteAllBytes(Model, ByteModel.ToBytes(ByteModel.Manifest with { MaxTokens = 64 }));

    [Test]
    public void Explain_NamesThePlantedSentence()
    {
        using var classifier = ArticleClassifier.Load(Model);

        var explanation = classifier.Explain(new Article("0000", Content));

        double whole = ProbabilityOf($"0000\n\n{Content}");
        double[] changes = [.. explanation.Sentences.Select(sentence => (double)sentence.Change!)];
        Assert.That(explanation.Classification.Label, Is.EqualTo("real"));
        Assert.That(explanation.Classification.Score, Is.EqualTo(whole).Within(1e-6));
        Assert.That(explanation.Sentences.Select(sentence => sentence.Text), Is.EqualTo(new[] { "0000", "00 00. ", "PPPPPP. ", "00 000." }));
        Assert.That(changes, Is.EqualTo(new[]
        {
            whole - ProbabilityOf($"\n\n{Content}"),
            whole - ProbabilityOf("0000\n\nPPPPPP. 00 000."),
            whole - ProbabilityOf("0000\n\n00 00. 00 000."),
            whole - ProbabilityOf("0000\n\n00 00. PPPPPP. "),
        }).Within(1e-6));
        Assert.That(changes[2], Is.EqualTo(changes.Max()).And.GreaterThan(0.3), "what makes it real");
        Assert.That(changes[1], Is.Negative, "what speaks against it");
    }

    [Test]
    public void Explain_LeavesOutWhatTheModelDoesNotRead()
    {
        File.WriteAllBytes(Model, ByteModel.ToBytes());
        using var first = ArticleClassifier.Load(Model);
        using var windows = ArticleClassifier.Load(Model, new() { LongArticles = LongArticles.Window });
        var article = new Article("0000", Content);

        Assert.That(first.Explain(article).Sentences.Select(sentence => sentence.Change is null), Is.EqualTo(new[] { false, false, false, true }), "16 bytes end within PPPPPP");
        Assert.That(windows.Explain(article).Sentences.Select(sentence => sentence.Change is null), Has.None.True);
    }

    [Test]
    public void Explain_OfASingleSentenceAsksForAnArticleWithoutContent()
    {
        using var classifier = ArticleClassifier.Load(Model);

        float? change = classifier.Explain(new Article(null, "PPPPPP.")).Sentences.Single().Change;

        Assert.That(change, Is.EqualTo(ProbabilityOf("\n\nPPPPPP.") - ProbabilityOf("\n\n")).Within(1e-6));
    }

    [Test]
    public async Task Explain_PrintsEachSentenceWithItsChange()
    {
        Assert.That(await Explain("--title", "0000", "--content", "00 00.\n\u001b[2JPPPPPP."), Is.Zero, Error.ToString());

        Assert.That(Out.ToString().ReplaceLineEndings("\n"), Is.EqualTo("""
            real 0.8176
              p(fake) = 0.1824
              p(real) = 0.8176
              24 tokens
              change of p(real) with each sentence, * where it is largest:
              -0.025  0000
              -0.109  00 00.
            * +0.625  [2JPPPPPP.

            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public async Task Explain_ReadsARowOfAFile()
    {
        File.WriteAllText(Input, "id,headline,content\n1,a,\"b\nc\"\n2,0000,PPPPPP.\n");

        Assert.That(await Explain(Input, "--line", "4", "--column", "title=headline", "--json"), Is.Zero, Error.ToString());

        var json = JsonNode.Parse(Out.ToString())!;
        Assert.That((string?)json["label"], Is.EqualTo("real"));
        Assert.That(json["sentences"]!.AsArray().Select(sentence => ((string?)sentence!["text"], (bool)sentence["is_title"]!)), Is.EqualTo(new[] { ("0000", true), ("PPPPPP.", false) }));
        Assert.That((double)json["sentences"]![1]!["change"]!, Is.GreaterThan(0.5));
    }

    [Test]
    public async Task Explain_OfALineThatStartsNoRecordExits2()
    {
        File.WriteAllText(Input, "id,title,content\n1,a,\"b\nc\"\n2,d,e\n");

        Assert.That(await Explain(Input, "--line", "3"), Is.EqualTo(2));

        Assert.That(Error.ToString().Trim(), Is.EqualTo($"error: {Input}: expected a record that starts on line 3; found the next one on line 4."));
    }

    [TestCase("--title", "a")]
    [TestCase("in.csv")]
    [TestCase("--content", "a", "--line", "2")]
    public async Task Explain_WithoutOneArticleExits2(params string[] args)
    {
        Assert.That(await Explain(args), Is.EqualTo(2));

        Assert.That(Error.ToString().Trim(), Is.EqualTo("error: expected one of --content, --text-file, or FILE with --line."));
    }

    private Task<int> Explain(params string[] args) => Run(ExplainCommand.Create(), ["explain", "--model", Model, .. args]);

    /// <summary>That of <c>real</c>: the softmax of ±m at temperature 10.</summary>
    private static double ProbabilityOf(string text) => 1 / (1 + Math.Exp(-2 * ByteModel.LogitOf(text) / 10));
}
