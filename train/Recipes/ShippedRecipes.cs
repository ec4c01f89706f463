namespace FakeNewsOnnx.Train.Recipes;

/// <summary>The recipes of the repository's <c>recipes</c> folder, which travel inside the program.</summary>
internal static class ShippedRecipes
{
    private const string Prefix = "recipes/";

    /// <summary>What <c>--recipe</c> calls them.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. typeof(ShippedRecipes).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name != Prefix + RecipeSchema.FileName)
            .Select(name => name[Prefix.Length..]).Order(StringComparer.Ordinal)];

    /// <summary>The JSON text of a shipped recipe or of a file.</summary>
    /// <exception cref="IOException">Neither is there.</exception>
    public static byte[] Read(string nameOrPath)
    {
        if (!Names.Contains(nameOrPath))
        {
            return File.Exists(nameOrPath)
                ? File.ReadAllBytes(nameOrPath)
                : throw new FileNotFoundException($"{nameOrPath}: no such recipe; expected a file or one of {string.Join(", ", Names)}.");
        }

        using Stream stream = typeof(ShippedRecipes).Assembly.GetManifestResourceStream(Prefix + nameOrPath)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
