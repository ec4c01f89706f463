namespace FakeNewsOnnx.Tests.Shared;

internal sealed class SentenceTests
{
    private static readonly Article Bridge = new("Council opens bridge", "It rained. The mayor spoke! Nobody came.");

    [TestCase("One. Two! Three? Four… Five", "One. |Two! |Three? |Four… |Five")]
    [TestCase("He said “Stop.” She did. (Or so it seems.) \"Well?\" he asked.", "He said “Stop.” |She did. |(Or so it seems.) |\"Well?\" he asked.")]
    [TestCase("A line\n\nanother\r\n  and one. More\n", "A line\n\n|another\r\n  |and one. |More\n")]
    [TestCase("Mr. Smith met J. K. Rowling of the U.S. Senate at 5 p.m. Monday.", "Mr. Smith met J. K. Rowling of the U.S. Senate at 5 p.m. Monday.")]
    [TestCase("He left the U.S. The rest stayed. Acme Inc. But why", "He left the U.S. |The rest stayed. |Acme Inc. |But why")]
    [TestCase("It cost $3.50, see No. 7 at example.com. ok", "It cost $3.50, see No. 7 at example.com. ok")]
    [TestCase("  Lead. \t", "  Lead. \t")]
    [TestCase("等等。好", "等等。|好")]
    [TestCase(" ", " ")]
    [TestCase("", "")]
    public void Split_CutsAfterEachSentence(string text, string expected) =>
        Assert.That(string.Join('|', Sentences.Split(text).Select(place => text[place])), Is.EqualTo(expected));

    [Test]
    public void Split_LosesNoCharacter()
    {
        string signs = ".!?…\"”') \n\rAaU。é.";
        var random = new Random(7);
        for (int i = 0; i < 2000; i++)
        {
            string text = new([.. Enumerable.Range(0, random.Next(40)).Select(_ => signs[random.Next(signs.Length)])]);

            Assert.That(string.Concat(Sentences.Split(text).Select(place => text[place])), Is.EqualTo(text));
        }
    }

    [Test]
    public void Explain_GivesEachSentenceTheProbabilityThatGoesWithIt()
    {
        // A model that knows one word: the second label has 0.9 with "mayor", 0.4 without, and 0.1 less without a title.
        static float[] Classify(Article article)
        {
            float second = (article.Content!.Contains("mayor", StringComparison.Ordinal) ? 0.9f : 0.4f) - (article.Title is "" ? 0.1f : 0);
            return [1 - second, second];
        }

        var sentences = SentenceExplanation.Explain(Bridge, Classify(Bridge), Bridge.ToText().Length, articles => articles.Select(Classify));

        Assert.That(sentences.Select(sentence => sentence.Text), Is.EqualTo(new[] { "Council opens bridge", "It rained. ", "The mayor spoke! ", "Nobody came." }));
        Assert.That(sentences.Select(sentence => sentence.IsTitle), Is.EqualTo(new[] { true, false, false, false }));
        Assert.That(sentences.Select(sentence => sentence.Change), Is.EqualTo(new float?[] { 0.1f, 0, 0.5f, 0 }).Within(1e-6));
    }

    [Test]
    public void Explain_MarksWhatTheModelHasNotRead()
    {
        int readLength = Bridge.ToText().IndexOf("spoke", StringComparison.Ordinal);
        var asked = new List<string>();

        var sentences = SentenceExplanation.Explain(Bridge, [0.5f, 0.5f], readLength, articles => articles.Select(article =>
        {
            asked.Add(article.ToText());
            return (float[])[0.25f, 0.75f];
        }));

        Assert.That(sentences.Select(sentence => sentence.Change), Is.EqualTo(new float?[] { 0.25f, 0.25f, 0.25f, null }));
        Assert.That(asked, Is.EqualTo(new[] { "\n\nIt rained. The mayor ", "Council opens bridge\n\nThe mayor ", "Council opens bridge\n\nIt rained. " }), "what was not read does not move in");
    }

    [Test]
    public void Explain_OfAnArticleWithoutTitleBeginsWithItsFirstSentence()
    {
        var sentences = SentenceExplanation.Explain(new Article(null, "One. Two."), [1f], 11, articles => articles.Select(_ => (float[])[0.5f]));

        Assert.That(sentences.Select(sentence => sentence.Text), Is.EqualTo(new[] { "One. ", "Two." }));
    }
}
