using System.Globalization;
using FakeNewsOnnx.Hub;

namespace FakeNewsOnnx.Tests.Hub;

/// <summary>Downloads that end early, hold something else than announced, or have to wait.</summary>
internal sealed class HubDownloadTests : HubFixture
{
    [Test]
    public async Task Fetch_GoesOnWhereACutConnectionEnded()
    {
        int cuts = 0;
        Server.OnStorage = async (context, bytes) =>
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
        Assert.That(Server.Requests.Where(request => request.StartsWith("storage", StringComparison.Ordinal)).Select(request => request.Split(' ')[^1]).Skip(1), Is.All.StartsWith("bytes="));
        Assert.That(cuts, Is.EqualTo(3));
    }

    [Test]
    public async Task Fetch_GoesOnWithWhatAnEarlierRunLeft()
    {
        Folder.Write($"models--owner--tiny/blobs/{WeightsEtag}.incomplete", "");
        File.WriteAllBytes(Path.Combine(Repository, "blobs", $"{WeightsEtag}.incomplete"), Weights[..250_000]);
        HubSnapshot snapshot = await Fetch(Options());
        Assert.That(Server.Requests, Has.Some.EndsWith("bytes=250000-"));
        Assert.That(File.ReadAllBytes(snapshot.PathOf("model.safetensors")), Is.EqualTo(Weights));
    }

    [Test]
    public async Task Fetch_FromAServerWithoutRanges_StartsAgain()
    {
        Folder.Write($"models--owner--tiny/blobs/{WeightsEtag}.incomplete", "xxxx");
        Server.OnStorage = async (context, bytes) =>
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
        Server.OnStorage = (context, _) =>
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
        Server.OnStorage = async (context, bytes) =>
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
        Server.OnHub = context => context.Request.Method == "GET" && context.Request.Path.Value!.EndsWith("config.json", StringComparison.Ordinal) && Answer(context, "[]");
        Assert.That(() => Fetch(Options()), Throws.TypeOf<HubException>());
        Assert.That(Directory.GetFiles(Path.Combine(Repository, "blobs")), Is.Empty);
    }

    [Test]
    public void Fetch_OfMoreThanAnnounced_Stops()
    {
        Server.OnStorage = async (context, bytes) =>
        {
            await context.Response.Body.WriteAsync((byte[])[.. bytes, 0]);
            return true;
        };
        Assert.That(() => Fetch(Options()), Throws.TypeOf<HubException>().With.Message.Contains("expected 300000 bytes; the server sends more."));
    }

    [Test]
    [Platform(Exclude = "Win")]
    public void Fetch_WhereALockCannotBeMade_SaysSo()
    {
        string held = Folder.In(".locks", "models--owner--tiny", $"{WeightsEtag}.lock");
        Directory.CreateDirectory(Path.GetDirectoryName(held)!);
        File.CreateSymbolicLink(held, held);
        using var hub = new HubClient(Options());
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        Assert.That(() => hub.FetchAsync(Model, _ => ["model.safetensors"], limit.Token), Throws.InstanceOf<IOException>().With.Message.Contains(held));
    }

    [TestCase("2000000000000", "expected a file of at most 34359738368 bytes; the hub announces 2000000000000.")]
    [TestCase("-5", "expected the file's size")]
    [TestCase("9999999999999999999999", "expected the file's size")]
    public void Fetch_OfAHugeFile_IsRefusedBeforeADownload(string size, string message)
    {
        Server.OnHub = context => context.Request.Method == "HEAD" && Headers(context, ("X-Linked-Etag", WeightsEtag), ("X-Linked-Size", size));
        Assert.That(() => Fetch(Options()), Throws.TypeOf<HubException>().With.Message.Contains(message));
        Assert.That(Server.Requests, Has.None.StartsWith("storage"));
    }

    [TestCase("")]
    [TestCase("../../etc/passwd")]
    [TestCase("0123")]
    public void Fetch_WithoutAHashToCheck_IsRefused(string etag)
    {
        Server.OnHub = context => context.Request.Method == "HEAD" && Headers(context, ("X-Linked-Etag", etag), ("X-Linked-Size", "5"));
        Assert.That(() => Fetch(Options()), Throws.TypeOf<HubException>().With.Message.Contains("expected the file's hash"));
    }

    [Test]
    public async Task Fetch_WaitsAsLongAsAServerAsks_AndByItselfIfItDoesNot()
    {
        int answers = 0;
        Server.OnHub = context => answers++ switch
        {
            0 => Headers(context, ("Retry-After", "17")) && Status(context, 429),
            1 or 2 => Status(context, 500),
            _ => false,
        };
        await Fetch(Options());
        TimeSpan[] waits = [.. Clock.Waits];
        Assert.That(waits, Has.Length.EqualTo(3));
        Assert.That(waits[0], Is.EqualTo(TimeSpan.FromSeconds(17)));
        Assert.That(waits[1..], Has.All.GreaterThan(TimeSpan.Zero));
        Assert.That(Progress.Notes.First(), Is.EqualTo("the hub answers 429; attempt 2 of 6 in 17 s"));
    }

    [TestCase("3600", 1)]
    [TestCase("1", 6)]
    public void Fetch_GivesUpOnAServerThatHasTooMuchToDo(string wait, int attempts)
    {
        Server.OnHub = context => Headers(context, ("Retry-After", wait)) && Status(context, 429);
        Assert.That(() => Fetch(Options()), Throws.TypeOf<HubException>().With.Message.Contains($"the hub answers 429: too many requests; it asks to wait {wait} s."));
        Assert.That(Server.Requests, Has.Length.EqualTo(attempts));
    }
}
