using System.Text;
using System.Text.Json;
using CsCheck;

namespace FakeNewsOnnx.Tests.Shared;

internal sealed class TokenizerTests
{
    private const int NoLimit = int.MaxValue;

    private static readonly Gpt2Tokenizer Tokenizer = Gpt2Tokenizer.Create(ReadModelFile("vocab.json"), ReadModelFile("merges.txt"));

    [TestCaseSource(nameof(ReferenceTexts))]
    public void Encode_GivesTheIdsOfHuggingFace(string text, int[] ids)
    {
        var encoded = Tokenizer.Encode(text, NoLimit, recognizeSpecialTokens: true);

        Assert.That(encoded.InputIds, Is.EqualTo(ids));
        Assert.That(encoded.Truncated, Is.False);
    }

    [Test]
    public void ReferenceTexts_AreAllThere() => Assert.That(ReferenceTexts().Count(), Is.EqualTo(52 + 300));

    [Test]
    public void Encode_ReadsASpecialTokenInAnArticleAsOrdinaryText() =>
        Assert.That(Tokenizer.Encode("a<|endoftext|>b", NoLimit).InputIds, Is.EqualTo(new[] { 64, 27, 91, 437, 1659, 5239, 91, 29, 65 }));

    [Test]
    public void Encode_RecognizesSpecialTokensWhenAsked() =>
        Assert.That(Tokenizer.Encode("a<|endoftext|>b", NoLimit, recognizeSpecialTokens: true).InputIds, Is.EqualTo(new[] { 64, 50256, 65 }));

    [TestCase(1, new[] { 5962 }, true)]
    [TestCase(3, new[] { 5962, 198, 198 }, true)]
    [TestCase(4, new[] { 5962, 198, 198, 12211 }, false)]
    [TestCase(1000, new[] { 5962, 198, 198, 12211 }, false)]
    public void Encode_OfAnArticleStopsAtTheLimitAndSaysSo(int maxTokens, int[] ids, bool truncated)
    {
        var encoded = Tokenizer.Encode(new Article("First", "Second"), maxTokens);

        Assert.That(encoded.InputIds, Is.EqualTo(ids));
        Assert.That(encoded.Truncated, Is.EqualTo(truncated));
    }

    [Test]
    public void Encode_UpToAnyLimitIsAPrefixOfTheWhole()
    {
        string text = SelfTestArticles.All[6].ToText();
        int[] whole = Tokenizer.Encode(text, NoLimit, recognizeSpecialTokens: true).InputIds;
        for (int limit = 1; limit <= whole.Length + 1; limit++)
        {
            var encoded = Tokenizer.Encode(text, limit, recognizeSpecialTokens: true);
            Assert.That(encoded.InputIds, Is.EqualTo(whole[..Math.Min(limit, whole.Length)]));
            Assert.That(encoded.Truncated, Is.EqualTo(limit < whole.Length));
        }
    }

    [Test]
    public void CountReadChars_IsHowMuchOfTheTextGivesTheSameFirstIds()
    {
        string text = SelfTestArticles.All[6].ToText();
        int all = Tokenizer.Encode(text, NoLimit).InputIds.Length;
        for (int limit = 1; limit <= all; limit++)
        {
            int read = Tokenizer.CountReadChars(text, limit);
            Assert.That(Tokenizer.Encode(text[..read], limit).InputIds, Is.EqualTo(Tokenizer.Encode(text, limit).InputIds));
        }

        Assert.That(Tokenizer.CountReadChars("First\n\nSecond", 1), Is.EqualTo("First".Length));
        Assert.That(Tokenizer.CountReadChars("First\n\nSecond", NoLimit), Is.EqualTo("First\n\nSecond".Length));
    }

    [Test]
    public void Encode_ReadsALoneSurrogateAsTheReplacementCharacter() =>
        Assert.That(Tokenizer.Encode("a\uD83Db \uDC00", NoLimit).InputIds, Is.EqualTo(Tokenizer.Encode("a\uFFFDb \uFFFD", NoLimit).InputIds));

    [Test]
    public void Encode_OfAnyTextGivesTheIdsOfTheSlowObviousReading()
    {
        var slow = new SlowTokenizer(ReadModelFile("vocab.json"), ReadModelFile("merges.txt"));

        PreTokenizerTests.AnyText.Check(text => Assert.That(Tokenizer.Encode(text, NoLimit).InputIds, Is.EqualTo(slow.Encode(text))), 20_000);
    }

    /// <summary>All of it would be 7 million ids.</summary>
    [Test]
    public void Encode_DoesNotReadA100MegabyteArticleBeyondTheLimit()
    {
        string text = string.Create(50_000_000, "bridge ", (span, word) =>
        {
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = word[i % word.Length];
            }
        });
        long before = GC.GetAllocatedBytesForCurrentThread();
        var encoded = Tokenizer.Encode(text, 1024);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That(encoded.Truncated, Is.True);
        Assert.That(encoded.InputIds, Has.Length.EqualTo(1024));
        Assert.That(allocated, Is.LessThan(64 << 10));
    }

    [Test]
    public void Encode_OfNothingIsNothing() => Assert.That(Tokenizer.Encode("", 1), Is.EqualTo(new EncodedArticle([], false)).Using<EncodedArticle>(SameTokens));

    [Test]
    public void Encode_MergesAsTheOrdinaryLibraryDoes()
    {
        var library = Microsoft.ML.Tokenizers.BpeTokenizer.Create(new Microsoft.ML.Tokenizers.BpeOptions(
            JsonSerializer.Deserialize<Dictionary<string, int>>(ReadModelFile("vocab.json"))!)
        {
            Merges = Encoding.UTF8.GetString(ReadModelFile("merges.txt")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1),
            ByteLevel = true,
        });
        var random = new Random(7);
        for (int i = 0; i < 2_000; i++)
        {
            string word = new([.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => "eeeettaoinshrdluÀé東"[random.Next(19)])]);

            Assert.That(Tokenizer.Encode(word, NoLimit).InputIds, Is.EqualTo(library.EncodeToIds(word, considerPreTokenization: false)), word);
        }
    }

    [Test]
    [CancelAfter(20_000)]
    public void Encode_OfAMillionLetterWordTakesSeconds(CancellationToken cancellation)
    {
        int[] ids = Tokenizer.Encode(new string('a', 1_000_000), NoLimit).InputIds;

        Assert.That(ids, Has.Length.EqualTo(250_000).And.All.EqualTo(24794));
        Assert.That(cancellation.IsCancellationRequested, Is.False);
    }

    [Test]
    public void Encode_ByManyThreadsEqualsOne()
    {
        var texts = ReferenceTexts().Select(row => (string)row.Arguments[0]!).ToArray();
        var shared = Gpt2Tokenizer.Create(ReadModelFile("vocab.json"), ReadModelFile("merges.txt"));

        int[][] expected = [.. texts.Select(text => Tokenizer.Encode(text, NoLimit).InputIds)];
        var found = new int[texts.Length * 8][];

        Parallel.For(0, found.Length, i => found[i] = shared.Encode(texts[i % texts.Length], NoLimit).InputIds);

        Assert.That(found, Is.EqualTo(Enumerable.Repeat(expected, 8).SelectMany(ids => ids)));
    }

    [Test]
    public void Create_KnowsTheFilesItWasMadeOf()
    {
        Assert.That(Tokenizer.VocabularySize, Is.EqualTo(50257));
        Assert.That(Tokenizer.EndOfTextId, Is.EqualTo(50256));
        Assert.That(Tokenizer.Sha256, Is.EqualTo(Convert.ToHexStringLower(
            System.Security.Cryptography.SHA256.HashData([.. ReadModelFile("vocab.json"), .. ReadModelFile("merges.txt")]))));
    }

    [TestCase("[]", "vocab.json: expected an object of token ids; found StartArray.")]
    [TestCase("""{"a":0,"a":1}""", "vocab.json: token 'a' is listed twice.")]
    [TestCase("""{"a":0,"b":0}""", "vocab.json: tokens 'a' and 'b' have the same id 0.")]
    [TestCase("""{"a":-1}""", "vocab.json: the id of token 'a' must be a whole number from 0 to 9999999; found -1.")]
    [TestCase("""{"a":"x"}""", "vocab.json: the id of token 'a' must be a whole number from 0 to 9999999; found x.")]
    [TestCase("""{"!":0}""", "vocab.json: expected a token for every byte; there is none for 0x00 ('Ā').")]
    public void Create_FromABadVocabularySaysWhatIsWrong(string json, string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => Gpt2Tokenizer.Create(Encoding.UTF8.GetBytes(json), default));

        Assert.That(error!.Message, Is.EqualTo(message));
    }

    [TestCase("""{"a":""")]
    [TestCase("""{"a":0} {}""")]
    [TestCase("")]
    public void Create_FromBrokenJsonIsAnErrorOfTheData(string json)
    {
        var error = Assert.Throws<InvalidDataException>(() => Gpt2Tokenizer.Create(Encoding.UTF8.GetBytes(json), default));

        Assert.That(error!.Message, Does.StartWith("vocab.json: not a vocabulary: "));
    }

    [TestCase("#version: 0.2\nh e\nhe\n", "merges.txt(3): expected two tokens with a space between; found 'he'.")]
    [TestCase("h e l", "merges.txt(1): expected two tokens with a space between; found 'h e l'.")]
    [TestCase("h e\nh e\n", "merges.txt(2): the pair 'h e' is listed twice.")]
    [TestCase("h zzzzzz", "merges.txt(1): token 'zzzzzz' is not in vocab.json.")]
    public void Create_FromBadMergesNamesTheLine(string merges, string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => Gpt2Tokenizer.Create(ReadModelFile("vocab.json"), Encoding.UTF8.GetBytes(merges)));

        Assert.That(error!.Message, Is.EqualTo(message));
    }

    private static IEnumerable<TestCaseData> ReferenceTexts()
    {
        foreach (string file in new[] { "tokenizer_expected.json", "tokenizer_fuzz.json" })
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(Repository.PathOf("tests", "Fixtures", "small", file)));
            foreach (var (i, row) in document.RootElement.GetProperty("rows").EnumerateArray().Index())
            {
                int[] ids = [.. row.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
                yield return new TestCaseData(row.GetProperty("text").GetString(), ids).SetArgDisplayNames(file, $"{i}");
            }
        }
    }

    private static byte[] ReadModelFile(string name) => File.ReadAllBytes(Repository.PathOf("models", "gpt2-mini", name));

    private static bool SameTokens(EncodedArticle x, EncodedArticle y) => x.InputIds.SequenceEqual(y.InputIds) && x.Truncated == y.Truncated;
}
