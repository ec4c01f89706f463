using FakeNewsOnnx.Files;
using FakeNewsOnnx.Hub;
using FakeNewsOnnx.Train.Data;

namespace FakeNewsOnnx.Tests.Hub;

/// <summary>Which files each part of the data is read from.</summary>
internal sealed class DataSourceTests
{
    private const string Conversion = "refs/convert/parquet";

    private TemporaryFolder _folder = null!;
    private HubServer _server = null!;

    [SetUp]
    public async Task StartServer()
    {
        _folder = new();
        _server = await HubServer.StartAsync();
    }

    [TearDown]
    public async Task StopServer()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [TestCase(true, "train/0000 train/0001", "", "test/0000")]
    [TestCase(false, "train/0000 train/0001", "test/0000", "")]
    public void ADataSetWithTrainAndTest_ValidatesOnTestOnlyWhereNothingIsHeldOut(bool holdsOut, string train, string validation, string test)
    {
        Add(Conversion, "default/train/0000.parquet", "default/train/0001.parquet", "default/test/0000.parquet");
        DataFiles files = Resolve(["hub:owner/news"], holdsOut: holdsOut);
        Assert.That((Names(files.Train), Names(files.Validation), Names(files.Test)), Is.EqualTo((train, validation, test)));
        Assert.That(files.Revision, Is.EqualTo($"hub:owner/news@{HubServer.Commit}"));
        Assert.That(File.ReadAllText(_folder.In("cache", "datasets--owner--news", "refs", "refs", "convert", "parquet")), Is.EqualTo(HubServer.Commit));
    }

    [Test]
    public void ADataSetWithAllThreeSplits_IsSplitByTheirNames()
    {
        Add(Conversion, "default/train/0000.parquet", "default/validation/0000.parquet", "default/test/0000.parquet", "other/train/0000.parquet");
        DataFiles files = Resolve(["hub:owner/news"]);
        Assert.That((Names(files.Train), Names(files.Validation), Names(files.Test)), Is.EqualTo(("train/0000", "validation/0000", "test/0000")));
        Assert.That(_server.Requests, Has.None.Contains("other/"));
    }

    [Test]
    public void ASplitThatIsNamed_IsTheOnlyOneThatIsDownloaded()
    {
        Add(Conversion, "default/train/0000.parquet", "default/unlabelled/0000.parquet");
        DataFiles files = Resolve(["hub:owner/news:unlabelled"], ["hub:owner/news:train"]);
        Assert.That((Names(files.Train), Names(files.Validation), Names(files.Test)), Is.EqualTo(("unlabelled/0000", "train/0000", "")));
        Assert.That(files.Revision, Is.EqualTo($"hub:owner/news@{HubServer.Commit}:unlabelled"));
        Assert.That(() => Resolve(["hub:owner/news:test"]), Throws.TypeOf<InvalidDataException>().With.Message.EqualTo("hub:owner/news:test: expected the split 'test'; found 'train', 'unlabelled'."));
    }

    [Test]
    public void ADataSetWithoutAConversion_OrARevision_IsTakenAsItIs()
    {
        Add("main", "README.md", "data/train-00000-of-00001.parquet", "data/test-00000-of-00001.parquet");
        Add("v1", "news.csv");
        Assert.That(Names(Resolve(["hub:owner/news"]).Test), Is.EqualTo("data/test-00000-of-00001"));
        Assert.That(Names(Resolve(["hub:owner/news@v1"]).Train), Is.EqualTo($"{HubServer.Commit}/news"));
    }

    [Test]
    public void AFolder_IsSplitByTheNamesOfItsFiles()
    {
        foreach (string name in (string[])["news-train.csv", "more.jsonl", "val.parquet", "notes.txt"])
        {
            _folder.Write($"data/{name}", "");
        }

        DataFiles files = Resolve([_folder.In("data")]);
        Assert.That((Names(files.Train), Names(files.Validation), Names(files.Test)), Is.EqualTo(("data/more data/news-train", "data/val", "")));
    }

    [TestCase("hub:news", typeof(UsageException), "--data: expected hub:owner/name[@revision][:split]; found 'hub:news'.")]
    [TestCase("hub:owner/news:", typeof(UsageException), "--data: expected hub:owner/name[@revision][:split]; found 'hub:owner/news:'.")]
    [TestCase("hub:owner/news@../x", typeof(UsageException), "--data: expected hub:owner/name[@revision][:split]; found 'hub:owner/news@../x'.")]
    [TestCase("", typeof(FileNotFoundException), ": no such file or folder; a data set on the hub is hub:owner/name.")]
    [TestCase("missing.csv", typeof(FileNotFoundException), "missing.csv: no such file or folder; a data set on the hub is hub:owner/name.")]
    public void WhatIsNeitherHereNorThere_IsNamed(string text, Type exception, string message) =>
        Assert.That(() => Resolve([text]), Throws.TypeOf(exception).With.Message.EqualTo(message));

    [Test]
    public void ADataSetThatCannotBeHad_SaysWhatToDownload()
    {
        Assert.That(() => Resolve(["hub:owner/news"], isOffline: true), Throws.TypeOf<HubException>().With.Message.Contains(
            $"With a network, 'train fetch --data hub:owner/news' downloads it. By hand: save the Parquet files of {_server.Endpoint}datasets/owner/news/tree/refs%2Fconvert%2Fparquet and give them as --data FILE…."));
    }

    private void Add(string revision, params string[] files) => _server.Add("datasets/owner/news", revision, [.. files.Select(file => (file, System.Text.Encoding.UTF8.GetBytes(file)))]);

    private DataFiles Resolve(string[] train, string[]? validation = null, bool holdsOut = true, bool isOffline = false)
    {
        using var hub = new HubClient(new() { Endpoint = _server.Endpoint, CacheFolder = _folder.In("cache"), Clock = new InstantClock(), Progress = new RecordedProgress(), IsOffline = isOffline });
        return DataSource.Resolve(train, validation ?? [], [], holdsOut, hub, CancellationToken.None);
    }

    private static string Names(IReadOnlyList<string>? files) =>
        string.Join(' ', (files ?? []).Select(file => $"{Path.GetFileName(Path.GetDirectoryName(file))}/{Path.GetFileNameWithoutExtension(file)}"));
}
