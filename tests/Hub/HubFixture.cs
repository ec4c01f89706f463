using System.Text;
using FakeNewsOnnx.Hub;
using Microsoft.AspNetCore.Http;

namespace FakeNewsOnnx.Tests.Hub;

/// <summary>A client and a server that has good and bad days, over real HTTP.</summary>
internal abstract class HubFixture
{
    protected static readonly byte[] Weights = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31))];
    protected static readonly byte[] Config = "{}"u8.ToArray();
    protected static readonly HubRepository Model = new(HubKind.Model, "owner/tiny");

    protected InstantClock Clock { get; private set; } = null!;

    protected RecordedProgress Progress { get; private set; } = null!;

    protected HubServer Server { get; private set; } = null!;

    /// <summary>The hub's cache on this machine.</summary>
    protected TemporaryFolder Folder { get; private set; } = null!;

    /// <summary>What the cache has of the model.</summary>
    protected string Repository => Folder.In("models--owner--tiny");

    protected static string WeightsEtag => HubServer.EtagOf("model.safetensors", Weights);

    [SetUp]
    public async Task StartServer()
    {
        (Clock, Progress, Folder) = (new(), new(), new());
        Server = await HubServer.StartAsync();
        Server.Add("owner/tiny", "main", ("config.json", Config), ("model.safetensors", Weights), ("pytorch_model.bin", [1]));
    }

    [TearDown]
    public async Task StopServer()
    {
        await Server.DisposeAsync();
        Folder.Dispose();
    }

    protected HubOptions Options() => new() { Endpoint = Server.Endpoint, CacheFolder = Folder.Path, Clock = Clock, Progress = Progress };

    protected static Task<HubSnapshot> Fetch(HubOptions options) => Fetch(options, Model);

    protected static Task<HubSnapshot> Fetch(HubOptions options, HubRepository repository) => Fetch(options, repository, names =>
        ((string[])["config.json", "model.safetensors"]).All(names.Contains) ? ["config.json", "model.safetensors"] : throw new InvalidDataException("not all there"));

    protected static async Task<HubSnapshot> Fetch(HubOptions options, HubRepository repository, Func<IReadOnlyList<string>, IReadOnlyList<string>> choose)
    {
        using var hub = new HubClient(options);
        return await hub.FetchAsync(repository, choose, CancellationToken.None);
    }

    protected static bool Status(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return true;
    }

    protected static bool Headers(HttpContext context, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        foreach (var (name, value) in headers)
        {
            context.Response.Headers[name] = value;
        }

        return true;
    }

    protected static bool Answer(HttpContext context, string text)
    {
        context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpBodyControlFeature>()!.AllowSynchronousIO = true;
        context.Response.Body.Write(Encoding.UTF8.GetBytes(text));
        return true;
    }
}
