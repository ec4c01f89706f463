using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace FakeNewsOnnx.Train.Native;

/// <summary>What this program runs on. Nothing here names the machine, its user or a folder.</summary>
internal static class Machine
{
    public static string System { get; } = $"{RuntimeInformation.OSDescription}, {RuntimeInformation.RuntimeIdentifier}";

    /// <summary>The processor's name where it tells it, else its architecture.</summary>
    public static string Processor { get; } = Brand() is { Length: > 0 } brand ? brand : RuntimeInformation.ProcessArchitecture.ToString();

    public static string TorchSharpVersion { get; } = VersionOf(typeof(TorchSharp.torch).Assembly);

    public static string TrainVersion { get; } = VersionOf(typeof(Machine).Assembly);

    /// <summary>Those that matrix products gain from. .NET tells what the system lets programs use; CPUID, what AVX-512 has in addition.</summary>
    public static IEnumerable<string> InstructionSets()
    {
        int extra = 0, brain = 0;
        if (X86Base.IsSupported && Avx512F.IsSupported)
        {
            (_, _, extra, _) = X86Base.CpuId(7, 0); // ECX bit 11: AVX512_VNNI
            (brain, _, _, _) = X86Base.CpuId(7, 1); // EAX bit 5: AVX512_BF16
        }

        (string Name, bool IsSupported)[] sets =
        [
            ("AVX2", Avx2.IsSupported),
            ("FMA", Fma.IsSupported),
            ("AVX-512", Avx512F.IsSupported),
            ("AVX-512 VNNI", (extra & (1 << 11)) != 0),
            ("AVX-512 BF16", (brain & (1 << 5)) != 0),
            ("AdvSimd", AdvSimd.IsSupported),
            ("DotProd", Dp.IsSupported),
        ];
        return sets.Where(set => set.IsSupported).Select(set => set.Name).DefaultIfEmpty("none of AVX2, FMA, AVX-512, AdvSimd");
    }

    /// <summary>The same as a table, for a report. TorchSharp must have been loaded.</summary>
    public static IReadOnlyList<(string What, string Value)> Describe() =>
    [
        ("CPU", Processor),
        ("Processors", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)),
        ("Threads", TorchSharp.torch.get_num_threads().ToString(CultureInfo.InvariantCulture)),
        ("Instruction sets", string.Join(", ", InstructionSets())),
        ("System", System),
        (".NET", Environment.Version.ToString()),
        ("TorchSharp", TorchSharpVersion),
        ("libtorch", TorchSharp.torch.__version__),
        ("train", TrainVersion),
    ];

    /// <summary>CPUID leaves 0x80000002 to 0x80000004: 48 bytes of text.</summary>
    private static string Brand()
    {
        if (!X86Base.IsSupported || (uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax < 0x80000004)
        {
            return "";
        }

        int[] words = [.. Enumerable.Range(2, 3).SelectMany(leaf =>
        {
            var (a, b, c, d) = X86Base.CpuId(unchecked((int)0x80000000) + leaf, 0);
            return (int[])[a, b, c, d];
        })];
        return Encoding.ASCII.GetString(MemoryMarshal.AsBytes<int>(words)).TrimEnd('\0').Trim();
    }

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? assembly.GetName().Version!.ToString();
}
