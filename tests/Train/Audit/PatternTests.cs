using FakeNewsOnnx.Train.Audit;

namespace FakeNewsOnnx.Tests.Train.Audit;

internal sealed class PatternTests
{
    [TestCase("WASHINGTON (Reuters) - The head", "The head")]
    [TestCase("NEW YORK/BEIJING (Reuters) - Oil", "Oil")]
    [TestCase("WEST PALM BEACH, Fla./WASHINGTON (Reuters) - He", "He")]
    [TestCase("KIEV, Ukraine (AP) — The", "The")]
    [TestCase("LONDON, Oct 5 (Reuters) - Shares", "Shares")]
    [TestCase("ST. LOUIS -- Police", "Police")]
    [TestCase("WASHINGTON—Saying that", "Saying that")]
    [TestCase("(Reuters) - A man", "A man")]
    [TestCase("U.N. – The", "The")]
    [TestCase("Washington - not in capitals", null)]
    [TestCase("USA–China relations", null)]
    [TestCase("A-LIST actors", null)]
    [TestCase("NATO is at odds - again", null)]
    [TestCase("The LONDON (Reuters) - office", null)]
    public void Dateline_IsWhatComesBeforeTheFirstSentence(string content, string? rest)
    {
        var match = Patterns.Dateline().Match(content);

        Assert.That(match.Success ? content[match.Length..] : null, Is.EqualTo(rest));
    }

    [TestCase("Featured image via Wikimedia.", true)]
    [TestCase("Photo by Drew Angerer/Getty Images", true)]
    [TestCase("(Photo: Gage Skidmore)", true)]
    [TestCase("Image credit: NASA", true)]
    [TestCase("REUTERS/Jonathan Ernst", true)]
    [TestCase("Watch the video. AP Photo/Evan Vucci", true)]
    [TestCase("A photo by the door was stolen.", false)]
    [TestCase("He took a photograph of the mayor.", false)]
    [TestCase("The image of the party suffered.", false)]
    public void ImageCredit_IsInATextThatSaysWhoseAnImageIs(string text, bool expected) => Assert.That(Patterns.ImageCredit().IsMatch(text), Is.EqualTo(expected));

    [TestCase("see https://www.Example.com/a?b=c now", "Example.com")]
    [TestCase("at news.example.co.uk.", "news.example.co.uk")]
    [TestCase("mail me@example.com", null)]
    [TestCase("the end.Then more", null)]
    public void WebAddress_NamesTheSite(string text, string? site) =>
        Assert.That(Patterns.WebAddress().Match(text) is { Success: true } match ? match.Groups["site"].Value : null, Is.EqualTo(site));
}
