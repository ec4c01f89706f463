namespace FakeNewsOnnx.Hub;

/// <summary>File names and revisions come from a server or a user, and become paths in the cache: they must stay in it, on every system.</summary>
internal static class RepositoryPath
{
    private const int MostCharacters = 512;

    private const string ForbiddenOnWindows = "\\:*?\"<>|";

    private static readonly string[] DeviceNames = ["CON", "PRN", "AUX", "NUL", .. Enumerable.Range(0, 10).SelectMany(i => (string[])[$"COM{i}", $"LPT{i}"])];

    /// <summary>Why a path is refused; null for one like <c>data/train-00000-of-00001.parquet</c>.</summary>
    public static string? FindMistake(string path)
    {
        if (path.Length is 0 or > MostCharacters)
        {
            return $"it has {path.Length} characters";
        }

        foreach (string part in path.Split('/'))
        {
            string? mistake =
                part is "" or "." or ".." ? "it leaves its folder, or has an empty part"
                : part.Any(letter => char.IsControl(letter) || ForbiddenOnWindows.Contains(letter, StringComparison.Ordinal)) ? "it has a character that not every system allows"
                : part[^1] is '.' or ' ' ? "a part of it ends in a dot or a space"
                : DeviceNames.Contains(part.Split('.')[0].TrimEnd(), StringComparer.OrdinalIgnoreCase) ? "a part of it is the name of a device"
                : null;
            if (mistake is not null)
            {
                return mistake;
            }
        }

        return null;
    }

    /// <exception cref="InvalidDataException">The path is refused.</exception>
    public static void Check(string path, string source)
    {
        if (FindMistake(path) is { } mistake)
        {
            throw new InvalidDataException($"{source}: expected names of files that stay in their folder; found '{Printable(path)}': {mistake}.");
        }
    }

    private static string Printable(string path) => new([.. path.Take(100).Select(letter => char.IsControl(letter) ? '?' : letter)]);
}
