using FakeNewsOnnx.Hub;

namespace FakeNewsOnnx.Tests.Hub;

/// <summary>The cache: the layout that Python's libraries have, and what is asked of the hub when something is there.</summary>
internal sealed class HubCacheTests : HubFixture
{
    [Test]
    public async Task Fetch_LaysFilesOutAsPythonDoes()
    {
        HubSnapshot snapshot = await Fetch(Options());

        Assert.That(snapshot.Commit, Is.EqualTo(HubServer.Commit));
        Assert.That(File.ReadAllBytes(snapshot.PathOf("model.safetensors")), Is.EqualTo(Weights));
        Assert.That(File.ReadAllText(Path.Combine(Repository, "refs", "main")), Is.EqualTo(HubServer.Commit));
        Assert.That(File.ReadAllBytes(Path.Combine(Repository, "blobs", WeightsEtag)), Is.EqualTo(Weights));
        Assert.That(
            new FileInfo(Path.Combine(Repository, "snapshots", HubServer.Commit, "model.safetensors")).LinkTarget,
            OperatingSystem.IsWindows() ? Is.Null.Or.EqualTo($@"..\..\blobs\{WeightsEtag}") : Is.EqualTo($"../../blobs/{WeightsEtag}"));
        Assert.That(Directory.GetFiles(Path.Combine(Repository, "blobs")).Select(Path.GetFileName), Is.EquivalentTo(new[] { WeightsEtag, HubServer.EtagOf("config.json", Config) }));
        Assert.That(Server.Requests, Has.None.Contains("pytorch_model.bin"));
    }

    [Test]
    public async Task Fetch_Again_DownloadsNothing()
    {
        await Fetch(Options());
        int before = Server.Requests.Length;
        await Fetch(Options());
        Assert.That(Server.Requests[before..], Is.EqualTo(new[] { "GET /api/models/owner/tiny/revision/main" }));
    }

    [Test]
    public async Task Fetch_OfACommitThatIsThere_AsksNothing()
    {
        await Fetch(Options());
        int before = Server.Requests.Length;
        await Fetch(Options(), Model with { Revision = HubServer.Commit });
        await Fetch(Options() with { IsOffline = true });
        Assert.That(Server.Requests, Has.Length.EqualTo(before));
    }

    /// <summary>As <c>hf_hub_download</c> leaves it: no listing, a ref, and links to blobs.</summary>
    [Test]
    public async Task Fetch_UsesWhatPythonDownloaded()
    {
        await Fetch(Options());
        Directory.Delete(Path.Combine(Repository, "listings"), recursive: true);
        int before = Server.Requests.Length;

        HubSnapshot offline = await Fetch(Options() with { IsOffline = true });
        HubSnapshot pinned = await Fetch(Options(), Model with { Revision = HubServer.Commit });

        Assert.That(File.ReadAllBytes(offline.PathOf("config.json")), Is.EqualTo(Config));
        Assert.That(pinned.Directory, Is.EqualTo(offline.Directory));
        Assert.That(Server.Requests, Has.Length.EqualTo(before));
    }

    [Test]
    public async Task Fetch_WhenTheHubIsAway_UsesTheCacheAndSaysSo()
    {
        await Fetch(Options());
        Server.OnHub = context => Status(context, 503);
        HubSnapshot snapshot = await Fetch(Options());
        Assert.That(snapshot.Commit, Is.EqualTo(HubServer.Commit));
        Assert.That(Progress.Notes.Last(), Does.Contain($"Using commit {HubServer.Commit} of owner/tiny, which is in the cache."));
    }

    [Test]
    public async Task Fetch_InSeveralClientsAtOnce_DownloadsOnce()
    {
        HubSnapshot[] snapshots = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => Fetch(Options()))));
        Assert.That(snapshots.Select(snapshot => snapshot.Directory).Distinct().Count(), Is.EqualTo(1));
        Assert.That(Server.Requests.Count(request => request.StartsWith("storage", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(File.ReadAllBytes(snapshots[0].PathOf("model.safetensors")), Is.EqualTo(Weights));
    }

    [Test]
    public void Fetch_Offline_AsksNothing()
    {
        Assert.That(() => Fetch(Options() with { IsOffline = true }), Throws.TypeOf<HubException>().With.Message.Contains($"HF_HUB_OFFLINE is set, and owner/tiny is not, or not whole, in {Folder.Path}."));
        Assert.That(Server.Requests, Is.Empty);
    }

    [Test]
    public async Task Fetch_Offline_NeverTakesAPartForTheWhole()
    {
        await Fetch(Options());
        File.Delete(Path.Combine(Repository, "snapshots", HubServer.Commit, "config.json"));
        Assert.That(() => Fetch(Options() with { IsOffline = true }), Throws.TypeOf<HubException>());
    }
}
