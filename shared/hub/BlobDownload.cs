using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace FakeNewsOnnx.Hub;

/// <summary>What a file must be: its hash, which names its blob, and its size.</summary>
/// <param name="Etag">SHA-256 of a large file, the hash that git gives a small one; lower-case hexadecimal.</param>
/// <param name="Size">Bytes.</param>
internal sealed record BlobInfo(string Etag, long Size)
{
    private const int Sha256Digits = 64;
    private const int Sha1Digits = 40;

    /// <summary>What the hub says of a file in an answer's headers.</summary>
    /// <exception cref="HubException">It says no hash by which the file could be checked, or a size out of bounds.</exception>
    public static BlobInfo Read(HttpResponseMessage answer, string commit, long mostBytes, string source)
    {
        string etag = (Header("X-Linked-Etag") ?? answer.Headers.ETag?.Tag ?? "").Replace("W/", "", StringComparison.Ordinal).Trim('"');
        if (etag.Length is not (Sha256Digits or Sha1Digits) || !etag.All(char.IsAsciiHexDigitLower))
        {
            throw new HubException($"{source}: expected the file's hash in X-Linked-Etag or ETag; found none.");
        }

        if (Header("X-Repo-Commit") is { } found && found != commit)
        {
            throw new HubException($"{source}: expected a file of commit {commit}; the hub answers with one of another commit.");
        }

        long? size = Header("X-Linked-Size") is { } linked ? (long.TryParse(linked, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes : null) : answer.Content.Headers.ContentLength;
        return size switch
        {
            null => throw new HubException($"{source}: expected the file's size in X-Linked-Size or Content-Length; found none."),
            _ when size < 0 || size > mostBytes => throw new HubException(FormattableString.Invariant($"{source}: expected a file of at most {mostBytes} bytes; the hub announces {size}.")),
            _ => new(etag, size.Value),
        };

        string? Header(string name) => answer.Headers.TryGetValues(name, out var values) ? values.First() : null;
    }

    /// <summary>Whether a file's bytes have this hash and size.</summary>
    public bool IsHashOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        using var hash = IncrementalHash.CreateHash(Etag.Length == Sha256Digits ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
        if (Etag.Length == Sha1Digits)
        {
            hash.AppendData(Encoding.ASCII.GetBytes(FormattableString.Invariant($"blob {Size}\0"))); // git's object header
        }

        var buffer = new byte[1 << 20];
        for (int read = file.Read(buffer); read > 0; read = file.Read(buffer))
        {
            hash.AppendData(buffer, 0, read);
        }

        return file.Length == Size && Convert.ToHexStringLower(hash.GetHashAndReset()) == Etag;
    }
}

/// <summary>Downloads one file to its place among the blobs, where it appears when it is whole and its hash is right.</summary>
internal sealed class BlobDownload(HubConnection connection, HubOptions options, HubCache cache)
{
    private const string PartSuffix = ".incomplete";
    private const int MostAttemptsWithoutGain = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LockInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Goes on with what an earlier try left; waits while another process downloads the same file.</summary>
    /// <exception cref="HubException">The server gives another file, or ends each answer before the file does.</exception>
    public async Task RunAsync(Uri address, string name, BlobInfo blob, CancellationToken cancellation)
    {
        string target = cache.BlobOf(blob.Etag), part = target + PartSuffix;
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using FileStream held = await LockAsync(cache.LockOf(blob.Etag), cancellation).ConfigureAwait(false);
        if (File.Exists(target))
        {
            return;
        }

        RequireRoom(part, blob, name);
        long have = File.Exists(part) ? new FileInfo(part).Length : 0;
        for (int withoutGain = 0; have != blob.Size || !File.Exists(part);)
        {
            long before = have;
            have = await AppendAsync(address, name, part, blob, cancellation).ConfigureAwait(false);
            withoutGain = have > before ? 0 : withoutGain + 1;
            if (withoutGain == MostAttemptsWithoutGain)
            {
                throw new HubException(FormattableString.Invariant($"{address.GetLeftPart(UriPartial.Path)}: the connection ended {withoutGain} times after {have} of {blob.Size} bytes; what is there is kept, and the next try goes on from it.")) { IsUnreachable = true };
            }
        }

        if (!blob.IsHashOf(part))
        {
            File.Delete(part);
            throw new HubException($"{address.GetLeftPart(UriPartial.Path)}: expected a file with the hash {blob.Etag}; what came has another. It was deleted.");
        }

        File.Move(part, target);
    }

    /// <summary>Takes what one answer brings.</summary>
    /// <returns>How many bytes are there now.</returns>
    private async Task<long> AppendAsync(Uri address, string name, string part, BlobInfo blob, CancellationToken cancellation)
    {
        using var file = new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        long? from = file.Length > 0 && file.Length < blob.Size ? file.Length : null;
        using HttpResponseMessage answer = await connection.SendAsync(HttpMethod.Get, address, leavesHub: true, from, cancellation).ConfigureAwait(false);
        bool goesOn = answer.StatusCode == HttpStatusCode.PartialContent && answer.Content.Headers.ContentRange is { From: { } start, Length: var length } && start == from && (length ?? blob.Size) == blob.Size;
        file.SetLength(goesOn ? file.Length : 0);
        file.Position = file.Length;
        if (answer.StatusCode != HttpStatusCode.OK && !goesOn)
        {
            return 0; // the server has no such range: from the start
        }

        try
        {
            using Stream body = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            var buffer = new byte[1 << 17];
            for (int read = await ReadAsync(body, buffer, cancellation).ConfigureAwait(false); read > 0; read = await ReadAsync(body, buffer, cancellation).ConfigureAwait(false))
            {
                if (file.Length + read > blob.Size)
                {
                    file.SetLength(0);
                    throw new HubException(FormattableString.Invariant($"{address.GetLeftPart(UriPartial.Path)}: expected {blob.Size} bytes; the server sends more. They were deleted."));
                }

                file.Write(buffer, 0, read);
                options.Progress.Report(name, file.Length, blob.Size);
            }
        }
        catch (Exception e) when (e is HttpIOException or HttpRequestException or TimeoutException or IOException { InnerException: System.Net.Sockets.SocketException })
        {
            options.Progress.Note(FormattableString.Invariant($"{name}: the connection ended after {file.Length} of {blob.Size} bytes; going on from there"));
        }

        file.Flush(flushToDisk: true);
        return file.Length;
    }

    private static async Task<int> ReadAsync(Stream body, byte[] buffer, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            return await body.ReadAsync(buffer, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException("the server stopped sending.", e);
        }
    }

    /// <summary>An exclusive lock of the file, which huggingface_hub honours too: both use flock.</summary>
    private static async Task<FileStream> LockAsync(string path, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        while (true)
        {
            try
            {
                return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (IsHeldElsewhere(e))
            {
                await Task.Delay(LockInterval, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Any other error stays: to wait for a full or read-only disk would be for ever.</summary>
    private static bool IsHeldElsewhere(IOException e) => e.HResult == (
        OperatingSystem.IsWindows() ? unchecked((int)0x80070020) // ERROR_SHARING_VIOLATION
        : OperatingSystem.IsLinux() ? 11 // EWOULDBLOCK
        : 35); // EWOULDBLOCK on macOS

    private static void RequireRoom(string part, BlobInfo blob, string name)
    {
        long have = File.Exists(part) ? new FileInfo(part).Length : 0, free = new DriveInfo(Path.GetDirectoryName(part)!).AvailableFreeSpace;
        if (blob.Size - have > free)
        {
            throw new HubException(FormattableString.Invariant($"{name}: {blob.Size - have} more bytes are needed in {Path.GetDirectoryName(part)}; {free} are free. HF_HUB_CACHE names another place."));
        }
    }
}
