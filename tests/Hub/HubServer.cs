using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace FakeNewsOnnx.Tests.Hub;

/// <summary>
/// Speaks the protocol of huggingface.co over real HTTP on the loopback: repository information and <c>resolve</c> on one port, and on another one the storage host to
/// which large files are redirected. What the real hub does on a bad day is switched on by the test.
/// </summary>
internal sealed class HubServer : IAsyncDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly WebApplication _hub;
    private readonly WebApplication _storage;
    private readonly Dictionary<string, Repository> _repositories = [];
    private readonly ConcurrentQueue<string> _requests = [];

    private HubServer()
    {
        _hub = Create(AnswerHub);
        _storage = Create(AnswerStorage);
    }

    public Uri Endpoint => new(_hub.Urls.Single());

    public Uri StorageAddress => new(_storage.Urls.Single());

    /// <summary>What was asked so far: <c>HEAD /gpt2/resolve/…</c>, storage requests with <c>storage</c> before them.</summary>
    public string[] Requests => [.. _requests];

    /// <summary>Asked before every answer of the hub; true if it has answered itself.</summary>
    public Func<HttpContext, bool> OnHub { get; set; } = _ => false;

    /// <summary>The same for the storage host.</summary>
    public Func<HttpContext, byte[], Task<bool>> OnStorage { get; set; } = (_, _) => Task.FromResult(false);

    /// <summary>Credentials that the storage host was sent: there must never be any.</summary>
    public ConcurrentQueue<string> CredentialsAtStorage { get; } = [];

    public static async Task<HubServer> StartAsync()
    {
        var server = new HubServer();
        await server._hub.StartAsync().ConfigureAwait(false);
        await server._storage.StartAsync().ConfigureAwait(false);
        return server;
    }

    /// <summary>Adds a repository.</summary>
    /// <param name="path"><c>gpt2</c>, or <c>datasets/owner/name</c>.</param>
    /// <param name="revision">A branch.</param>
    /// <param name="files">Its files.</param>
    public void Add(string path, string revision, params (string Name, byte[] Bytes)[] files) => _repositories[$"{path}@{revision}"] = new(path, revision, files.ToDictionary(file => file.Name, file => file.Bytes, StringComparer.Ordinal));

    /// <summary>The etag under which a file is stored: SHA-256 of large files, git's hash of small ones.</summary>
    public static string EtagOf(string name, byte[] bytes)
    {
        using var hash = IncrementalHash.CreateHash(IsLarge(name) ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes(IsLarge(name) ? "" : string.Create(CultureInfo.InvariantCulture, $"blob {bytes.Length}\0")));
        hash.AppendData(bytes);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync().ConfigureAwait(false);
        await _storage.DisposeAsync().ConfigureAwait(false);
    }

    private static bool IsLarge(string name) => name.EndsWith(".safetensors", StringComparison.Ordinal) || name.EndsWith(".parquet", StringComparison.Ordinal);

    private static WebApplication Create(RequestDelegate answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        app.Run(answer);
        return app;
    }

    private async Task AnswerHub(HttpContext context)
    {
        string target = RawTarget(context);
        _requests.Enqueue($"{context.Request.Method} {target}");
        if (OnHub(context))
        {
            return;
        }

        string path = Uri.UnescapeDataString(target[1..]);
        foreach (Repository repository in _repositories.Values)
        {
            string api = $"api/{(repository.Path.StartsWith("datasets/", StringComparison.Ordinal) ? "" : "models/")}{repository.Path}/revision/";
            if (path == api + repository.Revision || path == api + Commit)
            {
                await context.Response.WriteAsJsonAsync(new { id = repository.Path, sha = Commit, siblings = repository.Files.Keys.Select(name => new { rfilename = name }) }).ConfigureAwait(false);
                return;
            }

            string resolve = $"{repository.Path}/resolve/{Commit}/";
            if (path.StartsWith(resolve, StringComparison.Ordinal) && repository.Files.TryGetValue(path[resolve.Length..], out byte[]? bytes))
            {
                await AnswerFile(context, path[resolve.Length..], bytes).ConfigureAwait(false);
                return;
            }
        }

        context.Response.StatusCode = 404;
        context.Response.Headers["X-Error-Code"] = "RepoNotFound";
    }

    private async Task AnswerFile(HttpContext context, string name, byte[] bytes)
    {
        var headers = context.Response.Headers;
        headers["X-Repo-Commit"] = Commit;
        if (IsLarge(name))
        {
            headers["X-Linked-Etag"] = $"\"{EtagOf(name, bytes)}\"";
            headers["X-Linked-Size"] = bytes.Length.ToString(CultureInfo.InvariantCulture);
            headers["ETag"] = "\"not-the-hash\"";
            context.Response.StatusCode = 302;
            headers["Location"] = new Uri(StorageAddress, $"{context.Request.Path}?signature=abc").AbsoluteUri;
            return;
        }

        headers["ETag"] = $"\"{EtagOf(name, bytes)}\"";
        await AnswerBytes(context, bytes).ConfigureAwait(false);
    }

    private async Task AnswerStorage(HttpContext context)
    {
        _requests.Enqueue($"storage {context.Request.Method} {context.Request.Path} {context.Request.Headers.Range}".TrimEnd());
        if (context.Request.Headers.Authorization.ToString() is { Length: > 0 } credentials)
        {
            CredentialsAtStorage.Enqueue(credentials);
        }

        string name = context.Request.Path.Value!.Split($"/resolve/{Commit}/")[1];
        byte[] bytes = _repositories.Values.Where(repository => context.Request.Path.Value!.StartsWith($"/{repository.Path}/", StringComparison.Ordinal))
            .Select(repository => repository.Files.GetValueOrDefault(name)).OfType<byte[]>().First();
        if (!await OnStorage(context, bytes).ConfigureAwait(false))
        {
            await AnswerBytes(context, bytes).ConfigureAwait(false);
        }
    }

    private static async Task AnswerBytes(HttpContext context, byte[] bytes)
    {
        int from = 0;
        if (context.Request.Headers.Range.ToString() is { Length: > 0 } range)
        {
            from = int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{bytes.Length - 1}/{bytes.Length}");
        }

        context.Response.ContentLength = bytes.Length - from;
        if (context.Request.Method != "HEAD")
        {
            await context.Response.Body.WriteAsync(bytes.AsMemory(from)).ConfigureAwait(false);
        }
    }

    private static string RawTarget(HttpContext context) => context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;

    private sealed record Repository(string Path, string Revision, Dictionary<string, byte[]> Files);
}
