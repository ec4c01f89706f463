using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;
using FakeNewsOnnx.Train.Model;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Benchmarks;

/// <summary>What a run ran on, and the rates that its floors are counted with, measured in the same run.</summary>
internal static class Machine
{
    private const int Rounds = 15;
    private const int CopiedBytes = 128 << 20;

    private static readonly Lazy<double> Operations = new(MeasureOperations), Bytes = new(MeasureBytes);

    /// <summary>Additions and multiplications a second of libtorch's product [1024, 768]·[768, 3072] in fp32 on all processors; best of 15.</summary>
    public static double OperationsPerSecond => Operations.Value;

    /// <summary>Bytes read and bytes written a second by a copy of 128 MiB in memory on one thread; best of 15.</summary>
    public static double BytesPerSecond => Bytes.Value;

    /// <summary>Processor, memory, system and libraries, and the rates.</summary>
    public static string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} × {Processor()}, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB, {RuntimeInformation.OSDescription}, .NET {Environment.Version}, ONNX Runtime {Microsoft.ML.OnnxRuntime.OrtEnv.Instance().GetVersionString()}, libtorch {__version__}; {OperationsPerSecond / 1e9:F0} GFLOP/s in libtorch's products, {BytesPerSecond / 1e9:F1} GB/s copying");

    /// <summary>The row of <see cref="Aims"/>, which <c>results.json</c> names.</summary>
    public static ProcessorKind Kind { get; } =
        X86Base.IsSupported && (X86Base.CpuId(7, 0).Edx & (1 << 24)) != 0 ? ProcessorKind.Amx // AMX-TILE
        : FrozenProduct.CpuHasBFloat16 ? ProcessorKind.Avx512Bf16
        : Inference.Processor.HasVnni ? ProcessorKind.Vnni
        : ProcessorKind.Avx2;

    /// <summary><see cref="Kind"/> as processors' makers spell it.</summary>
    public static string KindName => Kind == ProcessorKind.Avx512Bf16 ? "AVX512_BF16" : $"{Kind}".ToUpperInvariant();

    /// <summary>The vendor as CPUID writes it; empty on another architecture than x64.</summary>
    public static string Vendor { get; } = X86Base.IsSupported ? VendorOf(X86Base.CpuId(0, 0)) : "";

    /// <summary>The family as Linux counts it: base and extended family; 0 on another architecture than x64.</summary>
    public static int Family { get; } = X86Base.IsSupported ? FamilyOf(X86Base.CpuId(1, 0).Eax) : 0;

    private static string VendorOf((int Eax, int Ebx, int Ecx, int Edx) leaf)
    {
        int[] letters = [leaf.Ebx, leaf.Edx, leaf.Ecx];
        return Encoding.ASCII.GetString(MemoryMarshal.AsBytes(letters.AsSpan()));
    }

    private static int FamilyOf(int signature)
    {
        int family = (signature >> 8) & 0xF;
        return family == 0xF ? family + ((signature >> 20) & 0xFF) : family;
    }

    private static string Processor()
    {
        const string info = "/proc/cpuinfo";
        string name = File.Exists(info) ? File.ReadLines(info).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "" : "";
        string sets = string.Join(", ", from set in new[] { ("AVX2", Avx2.IsSupported), ("AVX-512", Avx512F.IsSupported), ("VNNI", Inference.Processor.HasVnni), ("bf16", FrozenProduct.CpuHasBFloat16) }
                                        where set.Item2
                                        select set.Item1);
        return $"{name} {RuntimeInformation.ProcessArchitecture} ({sets})".Trim();
    }

    private static double MeasureOperations()
    {
        const long rows = 1024, inner = 768, columns = 3072;
        using var _ = no_grad();
        using var left = randn(rows, inner);
        using var right = randn(inner, columns);
        return 2.0 * rows * inner * columns / Best(() => left.mm(right).Dispose());
    }

    private static double MeasureBytes()
    {
        byte[] from = new byte[CopiedBytes], to = new byte[CopiedBytes];
        return 2.0 * CopiedBytes / Best(() => from.CopyTo(to, 0));
    }

    private static double Best(Action work)
    {
        work();
        return Enumerable.Range(0, Rounds).Min(_ => PairedRun.Seconds(work));
    }
}
