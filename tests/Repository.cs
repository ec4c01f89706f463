using System.Diagnostics;

namespace FakeNewsOnnx.Tests;

/// <summary>The checkout that these tests were built in, and the commands they run on it.</summary>
internal static class Repository
{
    /// <summary>The folder of FakeNewsOnnx.sln, with a separator at its end.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>What everything was built in: <c>Release</c> or <c>Debug</c>.</summary>
    public static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    /// <summary>A file or folder below <see cref="Root"/>.</summary>
    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    /// <summary>A program as its own project built it, which has nothing that only the tests bring along.</summary>
    /// <param name="name"><c>train</c>, <c>export</c> or <c>infer</c>.</param>
    public static string Program(string name) => PathOf(
        name == "infer" ? "infer/cli" : name, "bin", Configuration, "net10.0", OperatingSystem.IsWindows() ? $"{name}.exe" : name);

    /// <summary>Runs <c>dotnet</c> and returns its exit code and everything it printed.</summary>
    public static (int ExitCode, string Output) Dotnet(string workingDirectory, params string[] arguments) => Run("dotnet", workingDirectory, arguments);

    /// <summary>Runs a program and returns its exit code and everything it printed, what it said on standard error last.</summary>
    public static (int ExitCode, string Output) Run(string program, string workingDirectory, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name); // `dotnet test` hands down its own
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1"; // a node that stays would hold the output open
        start.Environment["UseSharedCompilation"] = "false"; // and so would the compiler's server

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "FakeNewsOnnx.sln")))
                return folder.FullName + Path.DirectorySeparatorChar;
        }
        throw new DirectoryNotFoundException($"{AppContext.BaseDirectory}: expected FakeNewsOnnx.sln in a folder above; found none.");
    }
}
