namespace FakeNewsOnnx.Train.Report.Sections;

/// <summary>Articles with their predictions: a sample, the worst mistakes, and each one's text with what each sentence does to the verdict.</summary>
internal static class ArticleSections
{
    private const int HeadlineLength = 90;

    public static Section? CreateSample(ReportData data) => data.Sample.Count == 0 ? null : new("sample", "A sample", Html.Of($"""
        <p>Drawn from the articles that were measured, not chosen. Each title leads to the article and to the sentences that carry its verdict.</p>
        {ArticleTable("Sampled articles", data.Sample, data.Labels)}
        """));

    public static Section? CreateMistakes(ReportData data) => data.Mistakes.Count == 0 ? null : new("mistakes", "Most confident mistakes", Html.Of($"""
        <p>Wrong with the highest probability: either the label or the model should be doubted first here.</p>
        {ArticleTable("Wrong, the surest first", data.Mistakes, data.Labels)}
        """));

    public static Section? CreateTexts(ReportData data) => data.ArticlesShown.Count == 0 ? null : new("articles", "The articles", Html.Of($"""
        <p>A marked sentence changes the probability of the predicted label by the figure behind it:
        <mark class="toward-2">it speaks for the prediction</mark>, <mark class="away-2">it speaks against it</mark>; measured by leaving it out.
        <span class="unread">Grey italics</span> come after the last token that the model reads.</p>
        {data.ArticlesShown.Select(article => ExplainedArticle.Write(article, data.Labels))}
        """));

    private static Html ArticleTable(string caption, IEnumerable<ReportArticle> articles, IReadOnlyList<string> labels) => Table.Write(
        caption,
        ["Article", "Label", "Prediction", "#Probability", "Right?"],
        articles.Select(article => (IReadOnlyList<Html>)[
            Html.Of($"""<a href="#{ExplainedArticle.Anchor(article)}"><bdi>{Headline(article.Article)}</bdi></a>"""),
            Html.Of($"<bdi>{labels[article.Label]}</bdi>"),
            Html.Of($"<bdi>{labels[article.Predicted]}</bdi>"),
            Table.Cell(Text.Three(article.Confidence)),
            article.Predicted == article.Label ? Html.Of($"right") : Html.Of($"""<span class="wrong">wrong</span>""")]));

    private static string Headline(Article article)
    {
        string text = article.ToText().ReplaceLineEndings(" ").Trim();
        return text.Length == 0 ? "(empty)" : ExplainedArticle.Shorten(text, HeadlineLength);
    }
}
