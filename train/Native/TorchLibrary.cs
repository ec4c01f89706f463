using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace FakeNewsOnnx.Train.Native;

/// <summary>TorchSharp's native library: whether it loads and, if it doesn't, why.</summary>
internal static class TorchLibrary
{
    /// <summary>What this program was built for: <c>cpu</c> or <c>cuda</c>.</summary>
    public static string Accelerator { get; } = typeof(TorchLibrary).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == nameof(Accelerator)).Value!;

    /// <summary>Loads the library, before anything else of TorchSharp is used.</summary>
    /// <exception cref="IOException">It does not load; the message says which file is at fault and what to do.</exception>
    public static void Require()
    {
        // Loading a truncated library ends the process: the loader touches pages that the file does not have.
        var problems = LinuxLibraries.FindProblems(onlyBroken: true);
        if (problems.Count == 0)
        {
            try
            {
                torch.InitializeDeviceType(DeviceType.CPU);
                return;
            }
            catch (Exception e) when (e is TypeInitializationException or NotSupportedException or DllNotFoundException)
            {
                problems = LinuxLibraries.FindProblems(onlyBroken: false);
                if (problems.Count == 0)
                {
                    problems = [.. LoaderMessages(), Advice()];
                }
            }
        }

        throw new IOException(string.Join(Environment.NewLine, problems.Prepend("TorchSharp's native library does not load.")));
    }

    /// <summary>What the system's own loader says of each copy of the library.</summary>
    private static IEnumerable<string> LoaderMessages()
    {
        string name = OperatingSystem.IsWindows() ? "LibTorchSharp.dll" : OperatingSystem.IsMacOS() ? "libLibTorchSharp.dylib" : LinuxLibraries.TorchSharp;
        string[] copies = [.. Folders().Select(folder => Path.Combine(folder, name)).Where(File.Exists)];
        foreach (string copy in copies)
        {
            string message = "";
            try
            {
                NativeLibrary.Load(copy);
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
            {
                message = $"{copy}: {e.Message.ReplaceLineEndings(" ")}";
            }

            if (message.Length > 0)
            {
                yield return message;
            }
        }

        if (copies.Length == 0)
        {
            yield return $"{AppContext.BaseDirectory}: {name} is missing; {Rebuild("TorchSharp")}";
        }
    }

    private static string Advice() => RuntimeInformation.RuntimeIdentifier switch
    {
        "win-x64" => "Install the latest Microsoft Visual C++ Redistributable (x64); it brings MSVCP140.dll and VCRUNTIME140_1.dll, which libtorch needs.",
        "osx-arm64" or "linux-x64" => "Build or publish the program again, for this platform.",
        var platform => $"libtorch is there for linux-x64 (glibc), win-x64 and osx-arm64; this process is {platform}.",
    };

    /// <summary>What to do about a file that a package should have brought.</summary>
    internal static string Rebuild(string package) => $"it comes with the package {package}: build or publish the program again.";

    /// <summary>Where the program's native libraries may lie.</summary>
    internal static IEnumerable<string> Folders() =>
        ((string?)AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Append(Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"))
            .Select(folder => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))
            .Distinct();
}
