namespace FakeNewsOnnx.Files;

/// <summary>
/// A file that is whole or absent: it is written as a temporary sibling in the target's folder, flushed to disk and renamed.
/// Disposing without <see cref="Commit"/> deletes the sibling and leaves an older target as it was.
/// A device such as <c>/dev/null</c> is written to as it is: it must never be renamed over.
/// </summary>
public sealed class AtomicFile : IDisposable
{
    /// <summary>What <see cref="Path.GetRandomFileName"/> gives.</summary>
    private const string RandomNamePattern = "????????.???";

    private readonly string _path;
    private readonly string? _temporaryPath;
    private readonly FileStream _stream;
    private bool _committed;

    private AtomicFile(string path, string? temporaryPath)
    {
        _path = path;
        _temporaryPath = temporaryPath;
        _stream = temporaryPath == null
            ? new FileStream(path, FileMode.Open, FileAccess.Write)
            : new FileStream(temporaryPath, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read);
    }

    /// <summary>The file's bytes; seekable, and empty at first.</summary>
    public Stream Stream => _stream;

    /// <summary>Begins a file that will replace <paramref name="path"/> when committed.</summary>
    /// <exception cref="IOException">The folder does not exist, the path is a folder, or the file cannot be created.</exception>
    public static AtomicFile Create(string path)
    {
        RequireWritable(path);
        string fullPath = Path.GetFullPath(path);
        string temporaryName = $".{Path.GetFileName(fullPath)}.{Path.GetRandomFileName()}.tmp";
        return new AtomicFile(fullPath, IsDevice(fullPath) ? null : Path.Combine(Path.GetDirectoryName(fullPath)!, temporaryName));
    }

    /// <summary>Checks that a file could be at a path.</summary>
    /// <exception cref="IOException">The folder does not exist, or the path is a folder.</exception>
    public static void RequireWritable(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string fullPath = Path.GetFullPath(path);
        if (Directory.Exists(fullPath))
        {
            throw new IOException($"{path}: expected a file to write; found a folder.");
        }

        string folder = Path.GetDirectoryName(fullPath)!;
        if (!Directory.Exists(folder) && !IsDevice(fullPath))
        {
            throw new DirectoryNotFoundException($"{path}: the folder '{folder}' does not exist.");
        }
    }

    /// <summary>Writes <paramref name="path"/> in one piece: if <paramref name="write"/> throws, nothing has changed.</summary>
    /// <exception cref="IOException">The folder does not exist, the path is a folder, or writing fails.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        using var file = Create(path);
        write(file.Stream);
        file.Commit();
    }

    /// <summary>Deletes the temporary siblings of writers that were killed. No file may be in the making in that folder.</summary>
    public static void DeleteLeftovers(string folder)
    {
        Array.ForEach(Directory.GetFiles(folder, $".*.{RandomNamePattern}.tmp"), File.Delete);
    }

    /// <summary>Whether a path names a device or an open stream rather than a file: <c>/dev/null</c>, <c>/dev/stdout</c>, <c>NUL</c>.</summary>
    public static bool IsDevice(string path)
    {
        string fullPath = Path.GetFullPath(path);
        return OperatingSystem.IsWindows()
            ? fullPath.StartsWith(@"\\.\", StringComparison.Ordinal)
            : fullPath.StartsWith("/dev/", StringComparison.Ordinal) && !fullPath.StartsWith("/dev/shm/", StringComparison.Ordinal);
    }

    /// <summary>Flushes to disk and renames to the target, replacing an older file. The stream is closed.</summary>
    public void Commit()
    {
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        if (_temporaryPath != null)
        {
            File.Move(_temporaryPath, _path, overwrite: true);
        }

        _committed = true;
    }

    /// <summary>Closes the stream, and deletes the temporary sibling unless it was committed.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        if (!_committed && _temporaryPath != null)
        {
            File.Delete(_temporaryPath);
        }
    }
}
