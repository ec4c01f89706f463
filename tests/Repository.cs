namespace FakeNewsOnnx.Tests;

/// <summary>Where the repository's files are, whatever folder the tests run in.</summary>
internal static class Repository
{
    /// <summary>The folder that holds <c>FakeNewsOnnx.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A file or folder below <see cref="Root"/>.</summary>
    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (string? folder = AppContext.BaseDirectory; folder != null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "FakeNewsOnnx.sln")))
            {
                return folder;
            }
        }

        throw new DirectoryNotFoundException($"No folder above '{AppContext.BaseDirectory}' holds FakeNewsOnnx.sln.");
    }
}
