using System.Text.Json;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Hub;

/// <summary>
/// A repository's folder in the hub's cache, as huggingface_hub lays it out: <c>blobs/ETAG</c> hold the bytes, <c>snapshots/COMMIT/PATH</c> link to them,
/// <c>refs/REVISION</c> name commits. <c>listings/COMMIT</c> is ours: the names of a commit's files, so that a part of them is never taken for all.
/// </summary>
/// <param name="cacheFolder">The cache of all repositories.</param>
/// <param name="repository">The repository.</param>
internal sealed class HubCache(string cacheFolder, HubRepository repository)
{
    private const int MostListingBytes = 16 << 20;

    private readonly string _folder = Path.Combine(cacheFolder, repository.FolderName);

    public string SnapshotOf(string commit) => Path.Combine(_folder, "snapshots", commit);

    public string BlobOf(string etag) => Path.Combine(_folder, "blobs", etag);

    public string LockOf(string etag) => Path.Combine(cacheFolder, ".locks", repository.FolderName, $"{etag}.lock");

    /// <summary>A file of a commit; null if it is not there, or if it is a link to nothing.</summary>
    public string? TryFind(string commit, string path) => Path.Combine(SnapshotOf(commit), path) is var file && File.Exists(file) ? file : null;

    /// <summary>The commit that a revision named when it was last asked for; null if it never was.</summary>
    public string? TryResolve(string revision)
    {
        if (HubRepository.IsCommit(revision))
        {
            return revision;
        }

        string file = RefOf(revision);
        string? commit = File.Exists(file) && new FileInfo(file).Length <= 100 ? File.ReadAllText(file).Trim() : null;
        return HubRepository.IsCommit(commit) ? commit : null;
    }

    /// <summary>The names of a commit's files: all of them if they were listed, else those that are there.</summary>
    public IReadOnlyList<string> FilesOf(string commit)
    {
        string listing = ListingOf(commit), snapshot = SnapshotOf(commit);
        if (File.Exists(listing) && new FileInfo(listing).Length <= MostListingBytes)
        {
            try
            {
                return [.. (JsonSerializer.Deserialize<string?[]>(File.ReadAllBytes(listing)) ?? []).OfType<string>()];
            }
            catch (JsonException)
            {
                // As if it had never been listed.
            }
        }

        return Directory.Exists(snapshot)
            ? [.. Directory.EnumerateFiles(snapshot, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(snapshot, file).Replace(Path.DirectorySeparatorChar, '/')).Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>Keeps what a revision names, and which files its commit has.</summary>
    public void Record(string revision, string commit, IReadOnlyList<string> files)
    {
        Write(ListingOf(commit), JsonSerializer.SerializeToUtf8Bytes(files));
        if (!HubRepository.IsCommit(revision))
        {
            Write(RefOf(revision), System.Text.Encoding.ASCII.GetBytes(commit));
        }
    }

    /// <summary>Puts a blob into a snapshot: as a link, or, where Windows allows none, as the file itself.</summary>
    public string Link(string commit, string path, string etag)
    {
        string file = Path.Combine(SnapshotOf(commit), path), blob = BlobOf(etag);
        string folder = Directory.CreateDirectory(Path.GetDirectoryName(file)!).FullName;
        File.Delete(file); // a link to nothing
        try
        {
            File.CreateSymbolicLink(file, Path.GetRelativePath(folder, blob));
        }
        catch (IOException) when (File.Exists(file))
        {
            // Another process was faster.
        }
        catch (Exception e) when (OperatingSystem.IsWindows() && e is IOException or UnauthorizedAccessException)
        {
            File.Move(blob, file, overwrite: true);
        }

        return file;
    }

    private string RefOf(string revision) => Path.Combine(_folder, "refs", revision);

    private string ListingOf(string commit) => Path.Combine(_folder, "listings", $"{commit}.json");

    private static void Write(string path, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }
}
