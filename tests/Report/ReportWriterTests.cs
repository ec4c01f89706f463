using FakeNewsOnnx.Train.Report;

namespace FakeNewsOnnx.Tests.Report;

internal sealed class ReportWriterTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = new();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void Write_Twice_GivesTheSameBytes()
    {
        string first = Write(SampleReport.Full), second = Write(SampleReport.Full);
        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public void Write_WithNothingMeasured_LeavesTheSectionsOut()
    {
        string page = Write(SampleReport.Bare);
        Assert.That(page, Does.Contain("Nothing was measured.").And.Not.Contain("<svg").And.Not.Contain("id=\"audit\"").And.Not.Contain("href=\"#metrics\""));
    }

    [Test]
    public void Write_AControlCharacterOrHalfACharacter_DoesNotBreakThePage()
    {
        string page = Write(SampleReport.Bare with { Title = "a\0b\u001bc\ud800d\u202ee" });
        Assert.That(page, Does.Contain("<bdi>a&#x0;b&#x1B;c&#xFFFD;d"));
    }

    [Test]
    public void Write_AnEndlessArticle_ShowsItsStart()
    {
        ReportArticle article = new(0, null, 2, new("Title", new('x', 5_000_000)), 0, [1, 0]);
        Assert.That(Write(SampleReport.Bare with { Sample = [article] }), Has.Length.LessThan(60_000));
    }

    [Test]
    public void Of_EncodesTextsAndKeepsPieces()
    {
        Html piece = Html.Of($"<b>{"<&>"}</b>");
        Assert.That(Html.Of($"<p title=\"{"\"'"}\">{piece}{(IEnumerable<Html>)[piece, piece]}{(string?)null}</p>").ToString(), Is.EqualTo("<p title=\"&quot;&#x27;\"><b>&lt;&amp;&gt;</b><b>&lt;&amp;&gt;</b><b>&lt;&amp;&gt;</b></p>"));
    }

    private string Write(ReportData data)
    {
        string path = _folder.In(ReportWriter.FileName);
        ReportWriter.Write(path, data);
        return File.ReadAllText(path);
    }
}
