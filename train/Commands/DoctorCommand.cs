using System.CommandLine;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using FakeNewsOnnx.Train.Native;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Commands;

/// <summary><c>train doctor</c>: what training would run on here, or why it can't.</summary>
internal sealed class DoctorCommand : Command
{
    public DoctorCommand()
        : base("doctor", "Show devices, threads, versions and instruction sets, or why TorchSharp does not load.")
    {
        SetAction(_ => Run());
    }

    private static void Run()
    {
        Print("train", VersionOf(typeof(DoctorCommand).Assembly));
        Print("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.RuntimeIdentifier}");
        Print(".NET", Environment.Version.ToString());
        Print("processors", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture));
        Print("instruction sets", string.Join(", ", InstructionSets()));
        Print("built for", TorchLibrary.Accelerator);
        if (TorchLibrary.Accelerator == "cuda")
        {
            foreach (var (package, needs) in CudaNeeds.All)
            {
                Print(package, needs);
            }
        }

        Print("TorchSharp", VersionOf(typeof(TorchSharp.torch).Assembly));
        TorchLibrary.Require();
        Print("libtorch", __version__);
        Print("torch threads", get_num_threads().ToString(CultureInfo.InvariantCulture));
        Print("devices", string.Join(", ", Enumerable.Range(0, cuda.is_available() ? cuda.device_count() : 0).Select(device => $"cuda:{device}").Prepend("cpu")));
    }

    /// <summary>Those that matrix products gain from. .NET tells what the system lets programs use; CPUID, what AVX-512 has in addition.</summary>
    private static IEnumerable<string> InstructionSets()
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

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? assembly.GetName().Version!.ToString();

    private static void Print(string name, string value) => Console.WriteLine($"{name,-26}{value}");
}
