using System.Runtime.InteropServices;

namespace FakeNewsOnnx.Train.Native;

/// <summary>Follows libLibTorchSharp.so through the libraries that it needs, as Linux's loader does, and says what the loader would stumble on.</summary>
internal static class LinuxLibraries
{
    public const string TorchSharp = "libLibTorchSharp.so";

    /// <summary>Nothing on another system, or where the library was not found.</summary>
    /// <param name="onlyBroken">Whether to look only for files that are not whole.</param>
    public static IReadOnlyList<string> FindProblems(bool onlyBroken)
    {
        string? folder = OperatingSystem.IsLinux() ? TorchLibrary.Folders().FirstOrDefault(folder => File.Exists(Path.Combine(folder, TorchSharp))) : null;
        if (folder is null)
        {
            return [];
        }

        var problems = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal) { TorchSharp };
        var queue = new Queue<string>(seen);
        while (queue.TryDequeue(out string? name))
        {
            string path = Path.Combine(folder, name);
            ElfFile file;
            try
            {
                file = ElfFile.Read(path);
            }
            catch (InvalidDataException e)
            {
                problems.Add($"{e.Message.TrimEnd('.')}; {TorchLibrary.Rebuild(PackageOf(name))}");
                continue;
            }

            foreach (string library in file.Needed.Where(seen.Add))
            {
                if (File.Exists(Path.Combine(folder, library)))
                {
                    queue.Enqueue(library);
                }
                else if (!onlyBroken && !NativeLibrary.TryLoad(library, out _))
                {
                    problems.Add($"{Path.Combine(folder, library)} is missing, which {name} needs; {Remedy(library)}");
                }
            }

            if (!onlyBroken)
            {
                problems.AddRange(MissingVersions(path, file, folder));
            }
        }

        return problems;
    }

    private static IEnumerable<string> MissingVersions(string path, ElfFile file, string folder)
    {
        foreach (var needs in file.Needs.Where(need => !File.Exists(Path.Combine(folder, need.Library))).GroupBy(need => need.Library, need => need.Version))
        {
            if (LoadedPath(needs.Key) is not { } library)
            {
                continue; // named above
            }

            IReadOnlyList<string> defined = ElfFile.Read(library).Defines;
            string[] missing = [.. needs.Except(defined)];
            if (missing.Length > 0)
            {
                string family = missing[^1][..missing[^1].IndexOf('_', StringComparison.Ordinal)];
                string newest = defined.LastOrDefault(version => version.StartsWith(family + "_", StringComparison.Ordinal) && char.IsAsciiDigit(version[^1]), "none");
                yield return $"{path} needs {string.Join(", ", missing)} of {needs.Key}; {library} has versions up to {newest}. {Upgrade(needs.Key)}";
            }
        }
    }

    /// <summary>Where the loader found a system library.</summary>
    private static string? LoadedPath(string library) => NativeLibrary.TryLoad(library, out _)
        ? File.ReadLines("/proc/self/maps")
            .Select(line => line.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? line[slash..] : "")
            .FirstOrDefault(path => Path.GetFileName(path).StartsWith(library, StringComparison.Ordinal))
        : null;

    private static string Upgrade(string library) => library switch
    {
        "libstdc++.so.6" => "Build or publish the program again with this project's build, which marks GLIBCXX_3.4.32 weak; or install the libstdc++ of GCC 13 or later (Debian 13, Ubuntu 24.04).",
        "libc.so.6" or "libm.so.6" => "Use a distribution with a newer glibc.",
        _ => $"Install a newer {library}.",
    };

    private static string Remedy(string library) => library switch
    {
        _ when library.StartsWith("libtorch", StringComparison.Ordinal) || library.StartsWith("libc10", StringComparison.Ordinal) || library.StartsWith("libgomp-", StringComparison.Ordinal)
            => TorchLibrary.Rebuild(PackageOf(library)),
        "libcuda.so.1" => "it comes with NVIDIA's driver: install that.",
        "libstdc++.so.6" => "install libstdc++6.",
        "libgcc_s.so.1" => "install libgcc-s1.",
        "libgomp.so.1" => "install libgomp1.",
        _ => "install the package of your distribution that has it.",
    };

    private static string PackageOf(string library) => library == TorchSharp ? "TorchSharp"
        : TorchLibrary.Accelerator == "cuda" ? "TorchSharp-cuda-linux"
        : "libtorch-cpu-linux-x64";
}
