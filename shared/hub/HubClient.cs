using System.Text.Json;
using System.Text.Json.Serialization;

namespace FakeNewsOnnx.Hub;

/// <summary>Files of one commit, in the cache.</summary>
/// <param name="Commit">Forty hexadecimal digits.</param>
/// <param name="Directory">Where the commit's files lie.</param>
/// <param name="Files">Those that were asked for, as the repository names them.</param>
public sealed record HubSnapshot(string Commit, string Directory, IReadOnlyList<string> Files)
{
    /// <summary>Where a file lies.</summary>
    public string PathOf(string file) => Path.Combine(Directory, file.Replace('/', Path.DirectorySeparatorChar));
}

/// <summary>
/// The Hugging Face hub, with the cache that Python's huggingface_hub uses: what one of them downloaded the other finds. Nothing is asked of the hub that the
/// cache answers for sure: a commit whose files are all there, or anything when HF_HUB_OFFLINE is set.
/// </summary>
public sealed class HubClient : IDisposable
{
    private const int MostJsonBytes = 16 << 20;
    private const int MostFiles = 100_000;

    /// <summary>The largest file that is downloaded: gpt2-xl has 6.4 GB.</summary>
    private const long MostFileBytes = 32L << 30;

    private readonly HubOptions _options;
    private readonly HubConnection _connection;

    /// <param name="options">Where the hub and its cache are.</param>
    public HubClient(HubOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _connection = new(options);
    }

    /// <summary>The hub that the environment names.</summary>
    public static HubClient Open() => new(HubOptions.FromEnvironment(Environment.GetEnvironmentVariable));

    /// <summary>Brings files of a repository into the cache.</summary>
    /// <param name="repository">Which one, and at which revision.</param>
    /// <param name="choose">Chooses from the names of its files; throws if what it needs is not among them.</param>
    /// <param name="cancellation">Ends a download; what has come is kept for the next try.</param>
    /// <exception cref="HubException">The hub can't be reached or refuses, and the cache does not hold the files.</exception>
    /// <exception cref="InvalidDataException">The hub's answer is not what it should be.</exception>
    public async Task<HubSnapshot> FetchAsync(HubRepository repository, Func<IReadOnlyList<string>, IReadOnlyList<string>> choose, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(choose);
        var cache = new HubCache(_options.CacheFolder, repository);
        HubSnapshot? cached = TryCache(cache, repository, choose);
        if (_options.IsOffline)
        {
            return cached ?? throw new HubException($"HF_HUB_OFFLINE is set, and {repository} is not, or not whole, in {_options.CacheFolder}.") { IsUnreachable = true, IsMissing = true };
        }

        if (cached is not null && repository.IsPinned)
        {
            return cached;
        }

        try
        {
            return await DownloadAsync(cache, repository, choose, cancellation).ConfigureAwait(false);
        }
        catch (HubException e) when (e.IsUnreachable && cached is not null)
        {
            _options.Progress.Note($"{e.Message} Using commit {cached.Commit} of {repository}, which is in the cache.");
            return cached;
        }
    }

    /// <summary>The page on which a person finds a repository's files.</summary>
    public Uri PageOf(HubRepository repository)
    {
        ArgumentNullException.ThrowIfNull(repository);
        return _connection.AddressOf($"{repository.WebPath}/tree/{Uri.EscapeDataString(repository.Revision)}");
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    /// <summary>What the cache has, if all that is chosen from it is there.</summary>
    private static HubSnapshot? TryCache(HubCache cache, HubRepository repository, Func<IReadOnlyList<string>, IReadOnlyList<string>> choose)
    {
        if (cache.TryResolve(repository.Revision) is not { } commit)
        {
            return null;
        }

        try
        {
            IReadOnlyList<string> files = choose(cache.FilesOf(commit));
            return files.All(file => RepositoryPath.FindMistake(file) is null && cache.TryFind(commit, file) is not null) ? new(commit, cache.SnapshotOf(commit), files) : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private async Task<HubSnapshot> DownloadAsync(HubCache cache, HubRepository repository, Func<IReadOnlyList<string>, IReadOnlyList<string>> choose, CancellationToken cancellation)
    {
        RepositoryInfo info = await ReadInfoAsync(repository, cancellation).ConfigureAwait(false);
        string commit = info.Commit!;
        string[] names = [.. info.Files!.Select(file => file?.Name ?? "")];
        IReadOnlyList<string> chosen = choose(names);
        foreach (string file in chosen)
        {
            RepositoryPath.Check(file, repository.ToString());
            if (cache.TryFind(commit, file) is null)
            {
                await DownloadAsync(cache, repository, commit, file, cancellation).ConfigureAwait(false);
            }
        }

        cache.Record(repository.Revision, commit, names);
        return new(commit, cache.SnapshotOf(commit), chosen);
    }

    private async Task DownloadAsync(HubCache cache, HubRepository repository, string commit, string file, CancellationToken cancellation)
    {
        string path = string.Join('/', file.Split('/').Select(Uri.EscapeDataString));
        Uri address = _connection.AddressOf($"{repository.WebPath}/resolve/{commit}/{path}");
        BlobInfo blob;
        using (HttpResponseMessage answer = await _connection.SendAsync(HttpMethod.Head, address, leavesHub: false, null, cancellation).ConfigureAwait(false))
        {
            blob = BlobInfo.Read(answer, commit, MostFileBytes, address.AbsoluteUri);
        }

        await new BlobDownload(_connection, _options, cache).RunAsync(address, file, blob, cancellation).ConfigureAwait(false);
        cache.Link(commit, file, blob.Etag);
    }

    private async Task<RepositoryInfo> ReadInfoAsync(HubRepository repository, CancellationToken cancellation)
    {
        Uri address = _connection.AddressOf($"api/{repository.Plural}/{repository.Id}/revision/{Uri.EscapeDataString(repository.Revision)}");
        using HttpResponseMessage answer = await _connection.SendAsync(HttpMethod.Get, address, leavesHub: false, null, cancellation).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
        {
            throw new HubException($"{address}: expected an answer; found a redirect away from the hub.");
        }

        try
        {
            byte[] json = await ReadAsync(answer, address, cancellation).ConfigureAwait(false);
            RepositoryInfo? info = JsonSerializer.Deserialize<RepositoryInfo>(json);
            return info is { Files: not null } && HubRepository.IsCommit(info.Commit) && info.Files.Count <= MostFiles
                ? info
                : throw new InvalidDataException($"{address}: expected a commit and a list of files; found something else.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{address}: expected JSON; found something else.", e);
        }
    }

    /// <summary>The body of a small answer.</summary>
    private static async Task<byte[]> ReadAsync(HttpResponseMessage answer, Uri address, CancellationToken cancellation)
    {
        try
        {
            await answer.Content.LoadIntoBufferAsync(MostJsonBytes, cancellation).ConfigureAwait(false);
            return await answer.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw new HubException($"{address}: expected at most {MostJsonBytes} bytes, whole; found more, or the connection ended.", e) { IsUnreachable = true };
        }
    }

    private sealed record RepositoryInfo(
        [property: JsonPropertyName("sha")] string? Commit,
        [property: JsonPropertyName("siblings")] IReadOnlyList<RepositoryFile?>? Files);

    private sealed record RepositoryFile([property: JsonPropertyName("rfilename")] string? Name);
}
