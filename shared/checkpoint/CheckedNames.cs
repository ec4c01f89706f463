namespace FakeNewsOnnx.Checkpoint;

/// <summary>Loads strictly: what is missing and what is unknown is said together, in one message.</summary>
internal static class CheckedNames
{
    private const int Shown = 8;

    /// <exception cref="InvalidDataException">The two sets differ.</exception>
    public static void Match(string path, IEnumerable<string> expected, IEnumerable<string> found)
    {
        var missing = expected.ToHashSet(StringComparer.Ordinal);
        var unknown = found.ToHashSet(StringComparer.Ordinal);
        HashSet<string> both = [.. missing.Intersect(unknown)];
        missing.ExceptWith(both);
        unknown.ExceptWith(both);
        if (missing.Count > 0 || unknown.Count > 0)
        {
            throw new InvalidDataException($"{path}: {List("missing", missing)}{(missing.Count > 0 && unknown.Count > 0 ? "; " : "")}{List("unknown", unknown)}.");
        }
    }

    private static string List(string kind, HashSet<string> names)
    {
        if (names.Count == 0)
        {
            return "";
        }

        string more = names.Count > Shown ? $" and {names.Count - Shown} more" : "";
        return $"{kind} tensors {string.Join(", ", names.Order(StringComparer.Ordinal).Take(Shown).Select(name => $"'{name}'"))}{more}";
    }
}
