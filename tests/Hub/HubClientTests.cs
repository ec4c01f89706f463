using FakeNewsOnnx.Hub;

namespace FakeNewsOnnx.Tests.Hub;

/// <summary>What the client tells the hub, and what it makes of the hub's answers.</summary>
internal sealed class HubClientTests : HubFixture
{
    [Test]
    public async Task TheToken_GoesToTheHub_AndNeverToStorage()
    {
        var seen = new List<string>();
        Server.OnHub = context =>
        {
            seen.Add(context.Request.Headers.Authorization.ToString());
            return false;
        };
        await Fetch(Options() with { Token = "hf_secret" });
        Assert.That(seen, Is.All.EqualTo("Bearer hf_secret"));
        Assert.That(Server.Requests.Count(request => request.StartsWith("storage", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(Server.CredentialsAtStorage, Is.Empty);
    }

    /// <summary>The hub renames repositories, as it did gpt2, and redirects from the old name; the cache keeps the name that was asked for.</summary>
    [Test]
    public async Task Fetch_FollowsARenamedRepository_WithItsToken()
    {
        var seen = new List<string>();
        Server.OnHub = context =>
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
        Assert.That(snapshot.Directory, Is.EqualTo(Folder.In("models--old-tiny", "snapshots", HubServer.Commit)));
        Assert.That(seen, Is.All.EqualTo("Bearer hf_secret"));
        Assert.That(File.ReadAllBytes(snapshot.PathOf("model.safetensors")), Is.EqualTo(Weights));
    }

    [TestCase(401, null, "HF_TOKEN, which is not set")]
    [TestCase(403, "hf_secret", "the token that is set does not open it")]
    [TestCase(404, null, "not there")]
    public void Fetch_OfWhatTheHubRefuses_SaysWhatToDo(int status, string? token, string message)
    {
        Server.OnHub = context => Status(context, status);
        Assert.That(() => Fetch(Options() with { Token = token }), Throws.TypeOf<HubException>().With.Message.Contains($"the hub answers {status}").And.Message.Contains(message));
        Assert.That(Clock.Waits, Is.Empty);
    }

    [Test]
    public void Fetch_OfGatedWeights_SaysSo_AndKeepsNoRef()
    {
        Server.OnHub = context => context.Request.Path.Value!.EndsWith("model.safetensors", StringComparison.Ordinal) && Status(context, 403);
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
        Server.Add("owner/tiny", "main", (name, Config));
        Assert.That(() => Fetch(Options(), Model, names => names), Throws.TypeOf<InvalidDataException>().With.Message.Contains("expected names of files that stay in their folder"));
        Assert.That(Directory.EnumerateFileSystemEntries(Folder.Path), Is.Empty);
    }

    [TestCase("""{"sha":"../../../../etc","siblings":[]}""")]
    [TestCase("""{"sha":"main"}""")]
    [TestCase("null")]
    [TestCase("<html>")]
    public void Fetch_OfAnAnswerThatIsNone_IsRefused(string json)
    {
        Server.OnHub = context => Answer(context, json);
        Assert.That(() => Fetch(Options()), Throws.TypeOf<InvalidDataException>());
    }

    [Test]
    public void Fetch_OfAnEndlessAnswer_Stops()
    {
        Server.OnHub = context => Answer(context, new string(' ', 17 << 20));
        Assert.That(() => Fetch(Options()), Throws.TypeOf<HubException>().With.Message.Contains("expected at most 16777216 bytes"));
    }

    [Test]
    public void Fetch_ThroughEndlessRedirects_Stops()
    {
        Server.OnHub = context => Headers(context, ("Location", context.Request.Path.Value!)) && Status(context, 307);
        Assert.That(() => Fetch(Options()), Throws.TypeOf<HubException>().With.Message.Contains("more than 10 redirects"));
    }

    [Test]
    public void Resolve_WithoutANetwork_SaysWhatToDownloadAndWhereToPutIt()
    {
        using var hub = new HubClient(Options() with { IsOffline = true });
        Assert.That(() => BaseSource.Resolve("openai-community/gpt2-medium", hub, CancellationToken.None), Throws.TypeOf<HubException>().With.Message.EqualTo(
            $"HF_HUB_OFFLINE is set, and openai-community/gpt2-medium is not, or not whole, in {Folder.Path}. openai-community/gpt2-medium is no directory here, so it was looked for on the hub. "
            + "With a network, 'train fetch --base openai-community/gpt2-medium' downloads it. By hand: save config.json, model.safetensors, vocab.json and merges.txt of "
            + $"{Server.Endpoint}openai-community/gpt2-medium/tree/main in a folder, such as models/gpt2-medium, and give that as --base."));
    }

    [TestCase("pytorch_model.bin", "its weights are a pickle, which could run code and is never loaded.")]
    [TestCase("model.safetensors.index.json", "its weights are in several files; a base model has them in one, model.safetensors.")]
    [TestCase("README.md", "expected model.safetensors; found 2 other files.")]
    public void Resolve_OfAModelWithoutOneSafetensorsFile_SaysWhy(string file, string message)
    {
        Server.Add("owner/tiny", "main", ("config.json", Config), (file, [1]));
        using var hub = new HubClient(Options());
        Assert.That(() => BaseSource.Resolve("owner/tiny", hub, CancellationToken.None), Throws.TypeOf<InvalidDataException>().With.Message.Contains(message));
    }
}
