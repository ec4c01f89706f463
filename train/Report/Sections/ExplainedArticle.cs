namespace FakeNewsOnnx.Train.Report.Sections;

/// <summary>An article's text, its sentences marked by the change in probability that they make.</summary>
internal static class ExplainedArticle
{
    /// <summary>An article may be of any length; the page shows this much of it.</summary>
    private const int ShownCharacters = 20_000;
    private const int ShownTitleCharacters = 300;

    /// <summary>Changes in probability from which a sentence is marked, lightly to strongly.</summary>
    private static readonly double[] Steps = [0.01, 0.05, 0.2];

    /// <summary>Where the tables' links lead.</summary>
    public static string Anchor(ReportArticle article) => FormattableString.Invariant($"article-{article.Place}");

    public static Html Write(ReportArticle article, IReadOnlyList<string> labels)
    {
        IEnumerable<Html> probabilities = labels.Zip(article.Probabilities, (label, probability) => Html.Of($"""<li><bdi>{label}</bdi> {Text.Three(probability)}</li>"""));
        return Html.Of($"""
            <article id="{Anchor(article)}">
            <h3><bdi>{Title(article)}</bdi></h3>
            <p class="note">{Where(article)} · label <bdi>{labels[article.Label]}</bdi> · predicted <bdi>{labels[article.Predicted]}</bdi> {Text.Three(article.Confidence)}{Verdict(article)}</p>
            <ul class="legend">{probabilities}</ul>
            <div class="prose" dir="auto">{Body(article)}</div>
            <p class="note"><a href="#sample">Back to the table</a></p>
            </article>
            """);
    }

    /// <summary>At most so many characters, cut between two of them and marked as cut.</summary>
    public static string Shorten(string text, int length)
    {
        if (text.Length <= length)
        {
            return text;
        }

        int end = char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
        return text[..end] + "…";
    }

    private static Html Title(ReportArticle article) =>
        string.IsNullOrWhiteSpace(article.Article.Title) ? Html.Of($"(no title)")
        : article.Sentences?.FirstOrDefault(sentence => sentence.IsTitle) is { } title ? Sentence(title with { Text = Shorten(title.Text, ShownTitleCharacters) })
        : Html.Of($"{Shorten(article.Article.Title, ShownTitleCharacters)}");

    private static Html Where(ReportArticle article) => article.File is { } file
        ? Html.Of($"<bdi>{file}</bdi>, line {Text.Count(article.Line)}")
        : Html.Of($"Line {Text.Count(article.Line)}");

    private static Html Verdict(ReportArticle article) => article.Predicted == article.Label ? default : Html.Of($""" · <span class="wrong">wrong</span>""");

    private static Html Body(ReportArticle article)
    {
        if (article.Sentences is not { } sentences)
        {
            return Html.Of($"{Shorten(article.Article.Content ?? "", ShownCharacters)}");
        }

        int left = ShownCharacters;
        var shown = new List<Html>();
        foreach (ExplainedSentence sentence in sentences.Where(sentence => !sentence.IsTitle).TakeWhile(_ => left > 0))
        {
            shown.Add(Sentence(sentence with { Text = Shorten(sentence.Text, left) }));
            left -= sentence.Text.Length;
        }

        return Html.Of($"{shown}");
    }

    private static Html Sentence(ExplainedSentence sentence)
    {
        if (sentence.Change is not { } change)
        {
            return Html.Of($"""<span class="unread">{sentence.Text}</span>""");
        }

        int level = Steps.Count(step => Math.Abs(change) >= step);
        string text = sentence.Text.TrimEnd(), space = sentence.Text[text.Length..];
        return level == 0
            ? Html.Of($"{sentence.Text}")
            : Html.Of($"""<mark class="{(change > 0 ? "toward" : "away")}-{Text.Count(level)}">{text} <small>{Text.Signed(change)}</small></mark>{space}""");
    }
}
