using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Train.Data;

namespace FakeNewsOnnx.Tests.Train;

internal sealed class TokenCacheTests
{
    private static readonly Article[] Articles = [new("One", "first article"), new("Two", "second article, which is longer than the others"), new("One", "first article")];

    private readonly TemporaryFolder _folder = new();
    private Gpt2Tokenizer _tokenizer = null!;

    private string CacheFile => Directory.GetFiles(_folder.Path).Single();

    [OneTimeSetUp]
    public void LoadTokenizer()
    {
        using BaseModel baseModel = BaseModel.Open(Repository.PathOf("models", "gpt2-mini"));
        _tokenizer = baseModel.RequireTokenizer();
    }

    [TearDown]
    public void EmptyFolder() => Array.ForEach(Directory.GetFiles(_folder.Path), File.Delete);

    [OneTimeTearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void Encode_FromTheFile_GivesTheTokenizersTokens()
    {
        AssertEncodes();
        AssertEncodes();
        Assert.That(new FileInfo(CacheFile).Length, Is.EqualTo((2 * (16 + 4)) + (2 * (5 + 6)) + 32));
    }

    /// <summary>The file is trusted where its hash holds, so a token that was changed under its hash is what comes back.</summary>
    [Test]
    public void Encode_ReadsTheFile_RatherThanTheText()
    {
        AssertEncodes();
        byte[] file = File.ReadAllBytes(CacheFile);
        file[20] ^= 1;
        System.Security.Cryptography.SHA256.HashData(file.AsSpan(..^32)).CopyTo(file.AsSpan(^32..));
        File.WriteAllBytes(CacheFile, file);
        Assert.That(Encode()[0].InputIds[0], Is.Not.EqualTo(_tokenizer.Encode(Articles[0], 6).InputIds[0]));
    }

    [TestCase(20)]
    [TestCase(0)]
    [TestCase(60)]
    public void Encode_ForgetsABrokenFile(int brokenByte)
    {
        AssertEncodes();
        byte[] file = File.ReadAllBytes(CacheFile);
        file[brokenByte] ^= 1;
        File.WriteAllBytes(CacheFile, file);
        AssertEncodes();
        File.WriteAllBytes(CacheFile, file[..10]);
        AssertEncodes();
    }

    [Test]
    public void Encode_AddsNewArticles_AndKeepsTheOld()
    {
        AssertEncodes();
        long before = new FileInfo(CacheFile).Length;
        _ = Encode(6, [new("Three", "third")]);
        Assert.That(new FileInfo(CacheFile).Length, Is.GreaterThan(before));
        AssertEncodes();
    }

    [Test]
    public void Encode_WithAnotherLimit_HasAnotherFile()
    {
        AssertEncodes();
        EncodedArticle[] longer = Encode(100, Articles);
        Assert.That(longer[1].Truncated, Is.False);
        Assert.That(Directory.GetFiles(_folder.Path), Has.Length.EqualTo(2));
    }

    private EncodedArticle[] Encode() => Encode(6, Articles);

    private EncodedArticle[] Encode(int maxTokens, Article[] articles)
    {
        var cache = new TokenCache(_folder.Path, _tokenizer, maxTokens);
        return [.. cache.Encode(articles, article => article).Select(entry => new EncodedArticle(cache.Tokens.Read(entry.Tokens), entry.Tokens.IsTruncated))];
    }

    private void AssertEncodes()
    {
        EncodedArticle[] expected = [.. Articles.Select(article => _tokenizer.Encode(article, 6))];
        EncodedArticle[] found = Encode();
        Assert.That(found.Select(article => article.InputIds), Is.EqualTo(expected.Select(article => article.InputIds)));
        Assert.That(found.Select(article => article.Truncated), Is.EqualTo(new[] { false, true, false }));
    }
}
