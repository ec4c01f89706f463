using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Recipes;

namespace FakeNewsOnnx.Tests.Train;

internal sealed class BadDataTests
{
    private readonly TemporaryFolder _folder = new();
    private TokenCache _tokens = null!;

    [OneTimeSetUp]
    public void LoadTokenizer()
    {
        using BaseModel baseModel = BaseModel.Open(Repository.PathOf("models", "gpt2-mini"));
        _tokens = new(null, baseModel.RequireTokenizer(), 8);
    }

    [OneTimeTearDown]
    public void DeleteFolder() => _folder.Dispose();

    [TestCase("a,b,true\n", "train.csv(2): label must be one of 'fake', 'real'; found 'true'.")]
    [TestCase(",b,fake\na,,real\n", "no article is left for Train; 3 rows read = 1 used + 2 left out (1 blank content, 1 missing title).")]
    [TestCase("a,b,fake\na,c,fake\n", "no training article has the label 'real'")]
    [TestCase("a,b,fake,more\n", "train.csv(2): expected 3 fields")]
    public void Read_RefusesWhatNobodyCanTrainOn(string rows, string expected)
    {
        string train = _folder.Write("train.csv", "title,content,classification\n" + rows), validation = _folder.Write("validation.csv", "title,content,classification\nt,v,fake\n");
        Assert.That(() => ArticleDataset.Read(new([train], [validation]), new Recipe { TestFraction = 0 }, _tokens), Throws.TypeOf<InvalidDataException>().With.Message.Contains(expected));
    }

    [Test]
    public void Read_CountsArticlesThatAreLongerThanTheContext()
    {
        string train = _folder.Write("train.csv", "title,content,classification\na,short,fake\na,one two three four five six seven eight nine,real\n");
        ArticleDataset dataset = ArticleDataset.Read(new([train], [train], [train]), new Recipe(), _tokens);
        Assert.That(dataset.Truncated, Is.EqualTo(3));
        Assert.That(dataset[SplitPart.Test].Select(example => example.InputIds.Length), Is.EqualTo(new[] { 4, 8 }));
    }
}
