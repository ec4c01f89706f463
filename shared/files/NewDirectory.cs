namespace FakeNewsOnnx.Files;

/// <summary>A directory that is whole or absent: it is filled as a temporary sibling and renamed.</summary>
public static class NewDirectory
{
    /// <summary>Lets <paramref name="fill"/> write into a temporary directory, which then becomes <paramref name="path"/>.</summary>
    /// <param name="path">Must not exist, or be an empty directory; its parent must exist.</param>
    /// <param name="fill">Gets the temporary directory. If it throws, nothing has changed.</param>
    /// <returns>The names of the files that are there now, sorted.</returns>
    /// <exception cref="UsageException">The path is there already and is not an empty directory.</exception>
    /// <exception cref="IOException">The parent does not exist, or writing fails.</exception>
    public static IReadOnlyList<string> Write(string path, Action<string> fill)
    {
        string fullPath = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(fullPath) || (Directory.Exists(fullPath) && Directory.EnumerateFileSystemEntries(fullPath).Any()))
        {
            throw new UsageException($"{path}: expected a new or empty directory; something is there already.");
        }

        string parent = Path.GetDirectoryName(fullPath)!;
        if (!Directory.Exists(parent))
        {
            throw new DirectoryNotFoundException($"{path}: the folder '{parent}' does not exist.");
        }

        string temporary = Path.Combine(parent, $".{Path.GetFileName(fullPath)}.{Path.GetRandomFileName()}.tmp");
        Directory.CreateDirectory(temporary);
        try
        {
            fill(temporary);
            if (Directory.Exists(fullPath))
            {
                Directory.Delete(fullPath);
            }

            Directory.Move(temporary, fullPath);
        }
        catch
        {
            Directory.Delete(temporary, recursive: true);
            throw;
        }

        return [.. Directory.EnumerateFiles(fullPath).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
    }
}
