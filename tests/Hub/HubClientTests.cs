using System.Globalization;
using System.Text;
using FakeNewsOnnx.Data.Hub;
using Microsoft.AspNetCore.Http;

namespace FakeNewsOnnx.Tests.Hub;

/// <summary>The client against a server that has good and bad days, over real HTTP.</summary>
internal sealed class HubClientTests
{
    private static readonly byte[] Weights = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31))];
    private static readonly byte[] Config = "{}"u8.ToArray();
    private static readonly HubRepository Model = new(HubKind.Model, "owner/tiny");

    private InstantClock _clock = null!;
    private RecordedProgress _progress = null!;
    private TemporaryFolder _folder = null!;
    private HubServer _server = null!;

    private string Repository => Path.Combine(_folder.Path, "models--owner--tiny");

    private static string WeightsEtag => HubServer.EtagOf("model.safetensors", Weights);

    [SetUp]
    public async Task StartServer()
    {
        (_clock, _progress, _folder) = (new(), new(), new());
        _server = await HubServer.StartAsync();
        _server.Add("owner/tiny", "main", ("config.json", Config), ("model.safetensors", Weights), ("pytorch_model.bin", [1]));
    }

    [TearDown]
    public async Task StopServer()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

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
        Assert.That(_server.Requests, Has.None.Contains("pytorch_model.bin"));
    }

    [Test]
    public async Task Fetch_Again_DownloadsNothing()
    {
        await Fetch(Options());
        int before = _server.Requests.Length;
        await Fetch(Options());
        Assert.That(_server.Requests[before..], Is.EqualTo(new[] { "GET /api/models/owner/tiny/revision/main" }));
    }

    [Test]
    public async Task Fetch_OfACommitThatIsThere_AsksNothing()
    {
        await Fetch(Options());
        int before = _server.Requests.Length;
        await Fetch(Options(), Model with { Revision = HubServer.Commit });
        await Fetch(Options() with { IsOffline = true });
        Assert.That(_server.Requests, Has.Length.EqualTo(before));
    }

    /// <summary>As <c>hf_hub_download</c> leaves it: no listing, a ref, and links to blobs.</summary>
    [Test]
    public async Task Fetch_UsesWhatPythonDownloaded()
    {
        await Fetch(Options());
        Directory.Delete(Path.Combine(Repository, "listings"), recursive: true);
        int before = _server.Requests.Length;

        HubSnapshot offline = await Fetch(Options() with { IsOffline = true });
        HubSnapshot pinned = await Fetch(Options(), Model with { Revision = HubServer.Commit });

        Assert.That(File.ReadAllBytes(offline.PathOf("config.json")), Is.EqualTo(Config));
        Assert.That(pinned.Directory, Is.EqualTo(offline.Directory));
        Assert.That(_server.Requests, Has.Length.EqualTo(before));
    }

    [Test]
    public async Task Fetch_WhenTheHubIsAway_UsesTheCacheAndSaysSo()
    {
        await Fetch(Options());
        _server.OnHub = context => Status(context, 503);
        HubSnapshot snapshot = await Fetch(Options());
        Assert.That(snapshot.Commit, Is.EqualTo(HubServer.Commit));
        Assert.That(_progress.Notes.Last(), Does.Contain($"Using commit {HubServer.Commit} of owner/tiny, which is in the cache."));
    }

    [Test]
    public async Task TheToken_GoesToTheHub_AndNeverToStorage()
    {
        var seen = new List<string>();
        _server.OnHub = context =>
        {
            seen.Add(context.Request.Headers.Authorization.ToString());
            return false;
        };
        await Fetch(Options() with { Token = "hf_secret" });
        Assert.That(seen, Is.All.EqualTo("Bearer hf_secret"));
        Assert.That(_server.Requests.Count(request => request.StartsWith("storage", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(_server.CredentialsAtStorage, Is.Empty);
    }

    /// <summary>The hub renames repositories, as it did gpt2, and redirects from the old name; the cache keeps the name that was asked for.</summary>
    [Test]
    public async Task Fetch_FollowsARenamedRepository_WithItsToken()
    {
        var seen = new List<string>();
        _server.OnHub = context =>
        {
            seen.Add(context.Request.Headers.Authorization.ToString());
            string path = context.Request.Path.Value!;
            if (!path.Contains("old-tiny", StringComparison.Ordinal))
            {
                return false;
            }

            context.Response.StatusCode = 307;
            context.Response.Headers.Location = path.Replace("old-tiny", "owner/tiny", StringComparison.Ordinal);
            return true;
        };
        HubSnapshot snapshot = await Fetch(Options() with { Token = "hf_secret" }, new(HubKind.Model, "old-tiny"));
        Assert.That(snapshot.Directory, Is.EqualTo(Path.Combine(_folder.Path, "models--old-tiny", "snapshots", HubServer.Commit)));
        Assert.That(seen, Is.All.EqualTo("Bearer hf_secret"));
        Assert.That(File.ReadAllBytes(snapshot.PathOf("model.safetensors")), Is.EqualTo(Weights));
    }

    [Test]
    public async Task Fetch_GoesOnWhereACutConnectionEnded()
    {
        int cuts = 0;
        _server.OnStorage = async (context, bytes) =>
        {
            int from = context.Request.Headers.Range.ToString() is { Length: > 0 } range ? int.Parse(range[6..^1], CultureInfo.InvariantCulture) : 0;
            if (cuts++ == 2)
            {
                return false;
            }

            context.Response.StatusCode = from > 0 ? 206 : 200;
            context.Response.Headers.ContentRange = from > 0 ? $"bytes {from}-{bytes.Length - 1}/{bytes.Length}" : default;
            context.Response.ContentLength = bytes.Length - from;
            await context.Response.Body.WriteAsync(bytes.AsMemory(from, 100_000));
            await context.Response.Body.FlushAsync();
            context.Abort();
            return true;
        };
        HubSnapshot snapshot = await Fetch(Options());
        Assert.That(File.ReadAllBytes(snapshot.PathOf("model.safetensors")), Is.EqualTo(Weights));
        Assert.That(_server.Requests.Where(request => request.StartsWith("storage", StringComparison.Ordinal)).Select(request => request.Split(' ')[^1]).Skip(1), Is.All.StartsWith("bytes="));
        Assert.That(cuts, Is.EqualTo(3));
    }

    [Test]
    public async Task Fetch_GoesOnWithWhatAnEarlierRunLeft()
    {
        _folder.Write($"models--owner--tiny/blobs/{WeightsEtag}.incomplete", "");
        File.WriteAllBytes(Path.Combine(Repository, "blobs", $"{WeightsEtag}.incomplete"), Weights[..250_000]);
        HubSnapshot snapshot = await Fetch(Options());
        Assert.That(_server.Requests, Has.Some.EndsWith("bytes=250000-"));
        Assert.That(File.ReadAllBytes(snapshot.PathOf("model.safetensors")), Is.EqualTo(Weights));
    }

    [Test]
    public async Task Fetch_FromAServerWithoutRanges_StartsAgain()
    {
        _folder.Write($"models--owner--tiny/blobs/{WeightsEtag}.incomplete", "xxxx");
        _server.OnStorage = async (context, bytes) =>
        {
            await context.Response.Body.WriteAsync(bytes);
            return true;
        };
        HubSnapshot snapshot = await Fetch(Options());
        Assert.That(File.ReadAllBytes(snapshot.PathOf("model.safetensors")), Is.EqualTo(Weights));
    }

    [Test]
    public void Fetch_FromAServerThatAlwaysHangsUp_GivesUp_AndKeepsNothingHalf()
    {
        _server.OnStorage = (context, _) =>
        {
            context.Abort();
            return Task.FromResult(true);
        };
        Assert.That(() => Fetch(Options()), Throws.TypeOf<HubException>());
        Assert.That(File.Exists(Path.Combine(Repository, "blobs", WeightsEtag)), Is.False);
        Assert.That(File.Exists(Path.Combine(Repository, "snapshots", HubServer.Commit, "model.safetensors")), Is.False);
    }

    [Test]
    public void Fetch_OfAnotherFileThanAnnounced_DeletesIt()
    {
        _server.OnStorage = async (context, bytes) =>
        {
            byte[] other = [.. bytes];
            other[7] ^= 1;
            await context.Response.Body.WriteAsync(other);
            return true;
        };
        Assert.That(() => Fetch(Options()), Throws.TypeOf<HubException>().With.Message.Contains($"expected a file with the hash {WeightsEtag}; what came has another."));
        Assert.That(Directory.GetFiles(Path.Combine(Repository, "blobs")).Select(Path.GetFileName), Is.EqualTo(new[] { HubServer.EtagOf("config.json", Config) }));
    }

    [Test]
    public void Fetch_OfASmallFile_ChecksGitsHash()
    {
        _server.OnHub = context => context.Request.Method == "GET" && context.Request.Path.Value!.EndsWith("config.json", StringComparison.Ordinal) && Answer(context, "[]");
        Assert.That(() => Fetch(Options()), Throws.TypeOf<HubException>());
        Assert.That(Directory.GetFiles(Path.Combine(Repository, "blobs")), Is.Empty);
    }

    [Test]
    public void Fetch_OfMoreThanAnnounced_Stops()
    {
        _server.OnStorage = async (context, bytes) =>
        {
            await context.Response.Body.WriteAsync((byte[])[.. bytes, 0]);
            return true;
        };
        Assert.That(() => Fetch(Options()), Throws.TypeOf<HubException>().With.Message.Contains("expected 300000 bytes; the server sends more."));
    }

    [TestCase("2000000000000", "expected a file of at most 34359738368 bytes; the hub announces 2000000000000.")]
    [TestCase("-5", "expected the file's size")]
    [TestCase("9999999999999999999999", "expected the file's size")]
    public void Fetch_OfAHugeFile_IsRefusedBeforeADownload(string size, string message)
    {
        _server.OnHub = context => context.Request.Method == "HEAD" && Headers(context, ("X-Linked-Etag", WeightsEtag), ("X-Linked-Size", size));
        Assert.That(() => Fetch(Options()), Throws.TypeOf<HubException>().With.Message.Contains(message));
        Assert.That(_server.Requests, Has.None.StartsWith("storage"));
    }

    [TestCase("")]
    [TestCase("../../etc/passwd")]
    [TestCase("0123")]
    public void Fetch_WithoutAHashToCheck_IsRefused(string etag)
    {
        _server.OnHub = context => context.Request.Method == "HEAD" && Headers(context, ("X-Linked-Etag", etag), ("X-Linked-Size", "5"));
        Assert.That(() => Fetch(Options()), Throws.TypeOf<HubException>().With.Message.Contains("expected the file's hash"));
    }

    [Test]
    public async Task Fetch_WaitsAsLongAsAServerAsks_AndLongerEachTimeIfItDoesNot()
    {
        int answers = 0;
        _server.OnHub = context => answers++ switch
        {
            0 => Headers(context, ("Retry-After", "17")) && Status(context, 429),
            1 or 2 => Status(context, 500),
            _ => false,
        };
        await Fetch(Options());
        TimeSpan[] waits = [.. _clock.Waits];
        Assert.That(waits, Has.Length.EqualTo(3));
        Assert.That(waits[0], Is.EqualTo(TimeSpan.FromSeconds(17)));
        Assert.That(_progress.Notes.First(), Is.EqualTo("the hub answers 429; attempt 2 of 6 in 17 s"));
    }

    [TestCase("3600", 1)]
    [TestCase("1", 6)]
    public void Fetch_GivesUpOnAServerThatHasTooMuchToDo(string wait, int attempts)
    {
        _server.OnHub = context => Headers(context, ("Retry-After", wait)) && Status(context, 429);
        Assert.That(() => Fetch(Options()), Throws.TypeOf<HubException>().With.Message.Contains($"the hub answers 429: too many requests; it asks to wait {wait} s."));
        Assert.That(_server.Requests, Has.Length.EqualTo(attempts));
    }

    [TestCase(401, null, "HF_TOKEN, which is not set")]
    [TestCase(403, "hf_secret", "the token that is set does not open it")]
    [TestCase(404, null, "not there")]
    public void Fetch_OfWhatTheHubRefuses_SaysWhatToDo(int status, string? token, string message)
    {
        _server.OnHub = context => Status(context, status);
        Assert.That(() => Fetch(Options() with { Token = token }), Throws.TypeOf<HubException>().With.Message.Contains($"the hub answers {status}").And.Message.Contains(message));
        Assert.That(_clock.Waits, Is.Empty);
    }

    [Test]
    public void Fetch_OfGatedWeights_SaysSo_AndKeepsNoRef()
    {
        _server.OnHub = context => context.Request.Path.Value!.EndsWith("model.safetensors", StringComparison.Ordinal) && Status(context, 403);
        Assert.That(() => Fetch(Options()), Throws.TypeOf<HubException>().With.Message.Contains("its terms must be accepted"));
        Assert.That(Directory.Exists(Path.Combine(Repository, "refs")), Is.False);
    }

    [TestCase("../outside.txt")]
    [TestCase("/etc/cron.d/outside")]
    [TestCase("a/../../../outside.txt")]
    [TestCase(@"..\outside.txt")]
    [TestCase("C:/outside.txt")]
    [TestCase("a\0b")]
    [TestCase("NUL.txt")]
    [TestCase("sub/com1")]
    [TestCase("a//b")]
    [TestCase("dot.")]
    public void Fetch_OfAHostileName_LeavesTheCacheAlone(string name)
    {
        _server.Add("owner/tiny", "main", (name, Config));
        Assert.That(() => Fetch(Options(), Model, names => names), Throws.TypeOf<InvalidDataException>().With.Message.Contains("expected names of files that stay in their folder"));
        Assert.That(Directory.EnumerateFileSystemEntries(_folder.Path), Is.Empty);
    }

    [TestCase("""{"sha":"../../../../etc","siblings":[]}""")]
    [TestCase("""{"sha":"main"}""")]
    [TestCase("null")]
    [TestCase("<html>")]
    public void Fetch_OfAnAnswerThatIsNone_IsRefused(string json)
    {
        _server.OnHub = context => Answer(context, json);
        Assert.That(() => Fetch(Options()), Throws.TypeOf<InvalidDataException>());
    }

    [Test]
    public void Fetch_OfAnEndlessAnswer_Stops()
    {
        _server.OnHub = context => Answer(context, new string(' ', 17 << 20));
        Assert.That(() => Fetch(Options()), Throws.TypeOf<HubException>().With.Message.Contains("expected at most 16777216 bytes"));
    }

    [Test]
    public void Fetch_ThroughEndlessRedirects_Stops()
    {
        _server.OnHub = context => Headers(context, ("Location", context.Request.Path.Value!)) && Status(context, 307);
        Assert.That(() => Fetch(Options()), Throws.TypeOf<HubException>().With.Message.Contains("more than 10 redirects"));
    }

    [Test]
    public async Task Fetch_InSeveralClientsAtOnce_DownloadsOnce()
    {
        HubSnapshot[] snapshots = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => Fetch(Options()))));
        Assert.That(snapshots.Select(snapshot => snapshot.Directory).Distinct().Count(), Is.EqualTo(1));
        Assert.That(_server.Requests.Count(request => request.StartsWith("storage", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(File.ReadAllBytes(snapshots[0].PathOf("model.safetensors")), Is.EqualTo(Weights));
    }

    [Test]
    public void Fetch_Offline_AsksNothing()
    {
        Assert.That(() => Fetch(Options() with { IsOffline = true }), Throws.TypeOf<HubException>().With.Message.Contains($"HF_HUB_OFFLINE is set, and owner/tiny is not, or not whole, in {_folder.Path}."));
        Assert.That(_server.Requests, Is.Empty);
    }

    [Test]
    public async Task Fetch_Offline_NeverTakesAPartForTheWhole()
    {
        await Fetch(Options());
        File.Delete(Path.Combine(Repository, "snapshots", HubServer.Commit, "config.json"));
        Assert.That(() => Fetch(Options() with { IsOffline = true }), Throws.TypeOf<HubException>());
    }

    [Test]
    public void Resolve_WithoutANetwork_SaysWhatToDownloadAndWhereToPutIt()
    {
        using var hub = new HubClient(Options() with { IsOffline = true });
        Assert.That(() => BaseSource.Resolve("openai-community/gpt2-medium", hub, CancellationToken.None), Throws.TypeOf<HubException>().With.Message.EqualTo(
            $"HF_HUB_OFFLINE is set, and openai-community/gpt2-medium is not, or not whole, in {_folder.Path}. openai-community/gpt2-medium is no directory here, so it was looked for on the hub. "
            + "With a network, 'train fetch --base openai-community/gpt2-medium' downloads it. By hand: save config.json, model.safetensors, vocab.json and merges.txt of "
            + $"{_server.Endpoint}openai-community/gpt2-medium/tree/main in a folder, such as models/gpt2-medium, and give that as --base."));
    }

    [TestCase("pytorch_model.bin", "its weights are a pickle, which could run code and is never loaded.")]
    [TestCase("model.safetensors.index.json", "its weights are in several files; a base model has them in one, model.safetensors.")]
    [TestCase("README.md", "expected model.safetensors; found 2 other files.")]
    public void Resolve_OfAModelWithoutOneSafetensorsFile_SaysWhy(string file, string message)
    {
        _server.Add("owner/tiny", "main", ("config.json", Config), (file, [1]));
        using var hub = new HubClient(Options());
        Assert.That(() => BaseSource.Resolve("owner/tiny", hub, CancellationToken.None), Throws.TypeOf<InvalidDataException>().With.Message.Contains(message));
    }

    private HubOptions Options() => new() { Endpoint = _server.Endpoint, CacheFolder = _folder.Path, Clock = _clock, Progress = _progress };

    private static Task<HubSnapshot> Fetch(HubOptions options) => Fetch(options, Model);

    private static Task<HubSnapshot> Fetch(HubOptions options, HubRepository repository) => Fetch(options, repository, names =>
        ((string[])["config.json", "model.safetensors"]).All(names.Contains) ? ["config.json", "model.safetensors"] : throw new InvalidDataException("not all there"));

    private static async Task<HubSnapshot> Fetch(HubOptions options, HubRepository repository, Func<IReadOnlyList<string>, IReadOnlyList<string>> choose)
    {
        using var hub = new HubClient(options);
        return await hub.FetchAsync(repository, choose, CancellationToken.None);
    }

    private static bool Status(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return true;
    }

    private static bool Headers(HttpContext context, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        foreach (var (name, value) in headers)
        {
            context.Response.Headers[name] = value;
        }

        return true;
    }

    private static bool Answer(HttpContext context, string text)
    {
        context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpBodyControlFeature>()!.AllowSynchronousIO = true;
        context.Response.Body.Write(Encoding.UTF8.GetBytes(text));
        return true;
    }
}
