using System.Text;

namespace FakeNewsOnnx.Train.Audit;

/// <summary>What cleaning takes out of an article.</summary>
[Flags]
internal enum CleanedTraits
{
    None = 0,

    /// <summary>Typographic quotes and apostrophes became ASCII ones.</summary>
    Quotes = 1,

    /// <summary>A dateline went.</summary>
    Datelines = 2,

    /// <summary>Image credits went.</summary>
    ImageCredits = 4,

    /// <summary>Boiler-plate went.</summary>
    Boilerplate = 8,
}

/// <summary>Takes out of an article what tells where it comes from.</summary>
/// <param name="boilerplate">The keys of sentences that recur.</param>
internal sealed class ArticleCleaner(IReadOnlySet<ulong> boilerplate)
{
    /// <summary>A sentence of at most so many characters with an image credit in it is one; from a longer one only the credit goes.</summary>
    private const int LongestCredit = 200;

    /// <summary>The article without these traits, and which it had.</summary>
    public (Article Article, CleanedTraits Traits) Clean(Article article)
    {
        string title = ToAsciiQuotes(article.Title!), content = ToAsciiQuotes(article.Content!);
        CleanedTraits traits = title != article.Title || content != article.Content ? CleanedTraits.Quotes : CleanedTraits.None;
        string before;
        do
        {
            before = content;
            content = WithoutDateline(content, ref traits);
            content = WithoutSentences(content, ref traits);
        }
        while (content != before);
        return (new(title, content), traits);
    }

    private static string WithoutDateline(string content, ref CleanedTraits traits)
    {
        var dateline = Patterns.Dateline().Match(content);
        traits |= dateline.Success ? CleanedTraits.Datelines : CleanedTraits.None;
        return content[dateline.Length..];
    }

    private static string ToAsciiQuotes(string text) => Patterns.CurlyQuote().Replace(text, match => match.ValueSpan[0] is '“' or '”' or '„' or '‟' ? "\"" : "'");

    private string WithoutSentences(string content, ref CleanedTraits traits)
    {
        var kept = new StringBuilder(content.Length);
        foreach (Range place in Sentences.Split(content))
        {
            string sentence = content[place];
            if (Patterns.HasImageCredit(sentence))
            {
                traits |= CleanedTraits.ImageCredits;
                kept.Append(sentence.Length <= LongestCredit ? "" : Patterns.ImageCredit().Replace(sentence, ""));
            }
            else if (boilerplate.Contains(Boilerplate.KeyOf(content, place)))
            {
                traits |= CleanedTraits.Boilerplate;
            }
            else
            {
                kept.Append(sentence);
            }
        }

        return kept.ToString();
    }
}
