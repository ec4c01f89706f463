using System.Text;
using CsCheck;
using FakeNewsOnnx.Hub;
using FakeNewsOnnx.Tests.Faults;

namespace FakeNewsOnnx.Tests.Hub;

/// <summary>A hub that lies: whatever it answers, what comes out is a snapshot, <see cref="HubException"/> or <see cref="InvalidDataException"/>, and nothing is written outside of the cache.</summary>
internal sealed class HostileHubTests
{
    private const string Info = $$"""{"id":"owner/tiny","sha":"{{HubServer.Commit}}","siblings":[{"rfilename":"config.json"},{"rfilename":"data/a.json"}],"private":false}""";

    private static readonly byte[] Bytes = "{}"u8.ToArray();

    /// <summary>Headers that tell of a file, and what may be in them.</summary>
    private static readonly Gen<(string Name, string Value)[]> Headers = Gen.Select(
        Gen.OneOf("ETag", "X-Linked-Etag", "X-Linked-Size", "X-Repo-Commit", "Location", "Content-Range", "Retry-After"),
        Gen.OneOf(
            $"\"{HubServer.EtagOf("config.json", Bytes)}\"", $"W/\"{HubServer.EtagOf("config.json", Bytes)}\"", "\"../../../x\"", "\"" + new string('a', 40) + "\"", "\"" + new string('A', 64) + "\"", "-1", "2", "99999999999999999999", "1e3",
            HubServer.Commit, "/elsewhere", "//host:1/x", "file:///etc/passwd", "http://[::1", "bytes 0-1/2", "bytes */*", "0", "x", "")).Array[0, 4];

    private static readonly Gen<string> Names = Gen.OneOf(
        Gen.OneOf("../x", "a/../../x", "/x", "a//b", ".", "..", "C:\\x", "a\\..\\x", "CON", "a/NUL.txt", "x ", "x.", "a\u0000b", "refs", new string('a', 600), "data/train.parquet", "\ud83d\ude00"),
        Gen.String[Gen.OneOf('.', '/', '\\', 'a', ' ', ':', '\u0001'), 1, 8]);

    [Test]
    public async Task WhateverTheHubAnswers_ItIsASnapshotOrADocumentedError()
    {
        using var folder = new TemporaryFolder();
        string cache = Directory.CreateDirectory(folder.In("in", "cache")).FullName;
        await using HubServer server = await HubServer.StartAsync();
        byte[] info = [];
        (string Name, string Value)[] headers = [];
        int status = 200;
        server.OnHub = context =>
        {
            bool isInfo = context.Request.Path.StartsWithSegments("/api");
            context.Response.StatusCode = isInfo ? 200 : status;
            foreach (var (name, value) in isInfo ? [] : headers)
            {
                context.Response.Headers[name] = value;
            }

            byte[] body = isInfo ? info : Bytes;
            context.Response.ContentLength = body.Length;
            if (context.Request.Method != "HEAD" && context.Response.StatusCode is not (204 or 304))
            {
                context.Response.Body.WriteAsync(body).AsTask().GetAwaiter().GetResult();
            }

            return true;
        };

        Gen.Select(HostileJson.From(Info), Headers, Gen.OneOf(200, 200, 200, 206, 302, 307, 401, 404, 416), Gen.Bool).Check(
            @case =>
            {
                var (json, lies, code, isHonest) = @case;
                (info, headers, status) = (isHonest ? Encoding.UTF8.GetBytes(Info) : json, lies, code);
                using var client = new HubClient(new() { Endpoint = server.Endpoint, CacheFolder = cache, Clock = new InstantClock(), Progress = new RecordedProgress() });
                try
                {
                    HubSnapshot snapshot = client.FetchAsync(new(HubKind.Model, "owner/tiny"), names => names, CancellationToken.None).GetAwaiter().GetResult();
                    Assert.That(snapshot.Files.Select(file => Path.GetFullPath(snapshot.PathOf(file))), Has.All.StartWith(snapshot.Directory + Path.DirectorySeparatorChar));
                }
                catch (Exception e) when (e is HubException or InvalidDataException)
                {
                    // The answers that are promised.
                }

                Directory.Delete(cache, recursive: true);
                Directory.CreateDirectory(cache);
            },
            300,
            @case => Encoding.UTF8.GetString(@case.Item1));

        Assert.That(Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories), Is.EquivalentTo(new[] { Path.GetDirectoryName(cache), cache }));
    }

    [Test]
    public void ANameThatIsAccepted_StaysInItsFolder()
    {
        string folder = Path.GetFullPath("/cache/snapshots/commit".Replace('/', Path.DirectorySeparatorChar));
        Names.Check(
            name => Assert.That(RepositoryPath.FindMistake(name) is not null || Path.GetFullPath(Path.Combine(folder, name)).StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)),
            20_000);
    }
}
