using System.IO.Compression;
using System.Text;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Tests.Hub;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Recipes;

namespace FakeNewsOnnx.Tests.Train;

/// <summary>One road for CSV, JSON Lines and Parquet, packed or not, in one file or several.</summary>
internal sealed class ArticleFilesTests
{
    private const string Header = "title,content,classification\n";

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = new();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [TestCase("a.csv", Header + "One,first,fake\n,no title,fake\nTwo,,real\nThree,\"third, and last\",real\n", 2)]
    [TestCase("a.csv.gz", Header + "One,first,fake\n,no title,fake\nTwo,,real\nThree,\"third, and last\",real\n", 2)]
    [TestCase("a.jsonl", """{"title":"One","content":"first","classification":"fake"}|{"content":"no title","classification":"fake"}|{"title":"Two","content":null,"classification":"real"}|{"title":"Three","content":"third, and last","classification":"real"}""", 2)]
    [TestCase("a.ndjson.gz", """{"title":"One","content":"first","classification":"fake"}|{"title":"Three","content":"third, and last","classification":"real"}|""", 0)]
    public void Read_GivesTheSameArticles_WhateverTheFormat(string name, string text, int incomplete)
    {
        var articles = new LabelledArticles([Write(name, text)], new());
        Assert.That(articles.Read().Select(row => (row.Article, row.Label)), Is.EqualTo(new[] { (new Article("One", "first"), 0), (new Article("Three", "third, and last"), 1) }));
        Assert.That((articles.Account.Read, articles.Account.LeftOut), Is.EqualTo((2L + incomplete, (long)incomplete)));
    }

    /// <summary>Blank text is missing, but in Parquet, where only null is: the notebook's filter goes by null.</summary>
    [Test]
    public void Read_LeavesOutBlankText_ButInParquetOnlyNull()
    {
        string parquet = ParquetFile.Write(_folder.In("a.parquet"), [("", "one", "fake"), ("t", "", "real"), (null, "x", "real"), ("t", null, "fake")]);
        string lines = Write("a.jsonl", """{"title":"","content":"one","classification":"fake"}|{"title":"t","content":"","classification":"real"}|{"title":null,"content":"x","classification":"real"}""");
        string csv = Write("a.csv", Header + ",one,fake\nt,\"\",real\n");
        foreach (var (file, kept, incomplete) in new[] { (parquet, 2, 2), (lines, 0, 3), (csv, 0, 2) })
        {
            var articles = new LabelledArticles([file], new());
            Assert.That((articles.Read().Count(), (int)articles.Account.LeftOut), Is.EqualTo((kept, incomplete)), file);
        }
    }

    [TestCase(1)]
    [TestCase(70)]
    [TestCase(1000)]
    public void Read_OfParquet_DoesNotDependOnItsRowGroups(int rowGroup)
    {
        string file = ParquetFile.Write(_folder.In("a.parquet"), [.. Enumerable.Range(0, 200).Select(i => ((string?)$"t{i}", i % 7 == 3 ? null : $"content {i} ☃", (string?)(i % 2 == 0 ? "fake" : "real")))], rowGroup);
        var articles = new LabelledArticles([file], new());
        Assert.That(articles.Read().Select(row => (row.Article.Title, row.Article.Content, row.Label, row.Line)), Is.EqualTo(
            Enumerable.Range(0, 200).Where(i => i % 7 != 3).Select(i => ($"t{i}", $"content {i} ☃", i % 2, i + 1L))));
        Assert.That(articles.Account.ToString(), Is.EqualTo("200 rows read = 171 used + 29 left out (29 blank content)"));
    }

    [TestCase("""["fake","real"]""", "", new[] { 0, 1 })]
    [TestCase("""["real","fake"]""", "", new[] { 1, 0 })]
    [TestCase(null, "0=real,1=fake", new[] { 1, 0 })]
    [TestCase("""["true","satire"]""", "true=real,satire=fake", new[] { 1, 0 })]
    public void Read_OfNumberedLabels_TakesTheNamesOfTheDataSet_OrTheUsers(string? names, string mapping, int[] labels)
    {
        string file = ParquetFile.WriteNumbered(_folder.In("a.parquet"), [("t", "zero", 0), ("t", "one", 1)], names);
        var recipe = new Recipe { MapLabels = mapping.Split(',', StringSplitOptions.RemoveEmptyEntries) };
        Assert.That(new LabelledArticles([file], recipe).Read().Select(row => row.Label), Is.EqualTo(labels));
    }

    [Test]
    public void Read_OfNumbersThatNobodyExplains_IsRefused()
    {
        string file = ParquetFile.WriteNumbered(_folder.In("a.parquet"), [("t", "zero", 0)], null);
        Assert.That(() => new LabelledArticles([file], new()).Read().Count(), Throws.TypeOf<InvalidDataException>().With.Message.EqualTo(
            $"{file}(1): label must be one of 'fake', 'real'; found '0'. Name it in --labels, --map-labels or --ignore-labels."));
    }

    [Test]
    public void Read_OfOtherColumns_TakesThoseThatAreNamed()
    {
        var recipe = new Recipe { Columns = ["title=headline", "content=body", "label=verdict"], MapLabels = ["true=real", "1=fake"] };
        string lines = Write("a.jsonl", """{"headline":"h","body":"b","verdict":true,"title":3}|{"headline":"h","body":"c","verdict":1}""");
        Assert.That(new LabelledArticles([lines], recipe).Read().Select(row => (row.Article.Content, row.Label)), Is.EqualTo(new[] { ("b", 1), ("c", 0) }));
        string parquet = ParquetFile.Write(_folder.In("a.parquet"), [("t", "c", "fake")]);
        Assert.That(() => new LabelledArticles([parquet], recipe).Read().Count(), Throws.TypeOf<InvalidDataException>().With.Message.EqualTo(
            $"{parquet}: expected a column 'headline', or another that --column names; found 'title', 'content', 'classification'."));
    }

    [TestCase("broken.parquet", "PAR1 and no more", "not a Parquet file")]
    [TestCase("a.jsonl", """{"title":"t","content":"c","classification":["fake"]}""", "label must be one of 'fake', 'real'; found '[\"fake\"]'.")]
    public void Read_OfABrokenFile_NamesIt(string name, string text, string message)
    {
        string file = Write(name, text);
        Assert.That(() => new LabelledArticles([file], new()).Read().Count(), Throws.TypeOf<InvalidDataException>().With.Message.Contains(file).And.Message.Contains(message));
    }

    [Test]
    public void Dataset_OfSeveralFiles_ReadsItsTextsAgainInTheExamplesOrder()
    {
        string csv = Write("a.csv", Header + string.Concat(Enumerable.Range(0, 40).Select(i => $"t,c{i},{(i % 2 == 0 ? "fake" : "real")}\n")));
        string parquet = ParquetFile.Write(_folder.In("b.parquet"), [.. Enumerable.Range(40, 40).Select(i => ((string?)"t", (string?)$"c{i}", (string?)(i % 2 == 0 ? "fake" : "real")))]);
        using BaseModel baseModel = BaseModel.Open(Repository.PathOf("models", "gpt2-mini"));
        Gpt2Tokenizer tokenizer = baseModel.RequireTokenizer();
        ArticleDataset dataset = ArticleDataset.Read(new([csv, parquet]), new Recipe { TrainRows = 20 }, new(null, tokenizer, 8));
        foreach (SplitPart part in Enum.GetValues<SplitPart>())
        {
            Article[] articles = [.. dataset.ReadArticles(part)];
            Assert.That(dataset[part].Select(example => example.InputIds), Is.EqualTo(articles.Select(article => tokenizer.Encode(article, 8).InputIds)));
            Assert.That(dataset.ReadArticles(part, new HashSet<int> { 1 }).Single(), Is.EqualTo(KeyValuePair.Create(1, articles[1])));
            Assert.That(dataset[part].Select(example => example.Label), Is.EqualTo(articles.Select(article => int.Parse(article.Content![1..], System.Globalization.CultureInfo.InvariantCulture) % 2)));
        }

        Assert.That(dataset[SplitPart.Train], Has.Count.EqualTo(20));
        Assert.That(dataset[SplitPart.Train].Select(example => example.Source).Distinct(), Is.EquivalentTo(new[] { csv, parquet }));
        File.WriteAllText(csv, Header + "t,c,fake\n");
        Assert.That(() => dataset.ReadArticles(SplitPart.Validation).ToArray(), Throws.TypeOf<InvalidDataException>().With.Message.Contains("was changed while it was used"));
    }

    [Test]
    public void HeldOutRows_AreWrittenAsTheyStand_AndParquetAsCsv()
    {
        string csv = Write("a.csv", "classification,title,content\r\nfake,\"a \"\"b\"\"\",c\r\nreal,d,e\r\n"), target = _folder.In("held-out.csv");
        string lines = Write("a.jsonl", """{"title":"a","content":"b","classification":"fake"}|{"title":"c","content":"d","classification":"real"}|""");
        string parquet = ParquetFile.Write(_folder.In("a.parquet"), [("a \"b\"", "c\nd", "fake"), ("e", "f", "real")]);
        foreach (var (file, line, expected) in new[]
        {
            (csv, 3, "classification,title,content\r\nreal,d,e\r\n"),
            (lines, 2, "{\"title\":\"c\",\"content\":\"d\",\"classification\":\"real\"}\n"),
            (parquet, 1, "\"title\",\"content\",\"classification\"\n\"a \"\"b\"\"\",\"c\nd\",\"fake\"\n"),
        })
        {
            Example[] examples = [.. new LabelledArticles([file], new()).Read().Where(row => row.Line == line).Select(row => new Example(null!, default, row))];
            HeldOutRows.Write(examples, new(), null, target);
            Assert.That(File.ReadAllText(target), Is.EqualTo(expected));
        }
    }

    private string Write(string name, string text)
    {
        string path = _folder.In(name);
        byte[] bytes = Encoding.UTF8.GetBytes(name.StartsWith("a.", StringComparison.Ordinal) && !name.Contains("csv", StringComparison.Ordinal) ? text.Replace('|', '\n') : text);
        using Stream file = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(File.Create(path), CompressionLevel.Fastest) : File.Create(path);
        file.Write(bytes);
        return path;
    }
}
