using System.Diagnostics;

namespace FakeNewsOnnx.Tests;

/// <summary>The <c>dotnet</c> command, for tests of the build itself.</summary>
internal static class DotnetCommand
{
    /// <summary>Runs to the end; returns the exit code and everything that was printed.</summary>
    public static (int ExitCode, string Output) Run(string workingDirectory, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", arguments)
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
}
