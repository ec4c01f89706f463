using System.Runtime.Intrinsics.X86;

namespace FakeNewsOnnx.Inference;

/// <summary>The part of this computer's processor that decides how ONNX Runtime multiplies 8-bit integers.</summary>
internal static class Processor
{
    private const int ExtendedFeatures = 7;
    private const int Avx512VnniBit = 1 << 11;
    private const int AvxVnniBit = 1 << 4;

    /// <summary>
    /// True if an x64 processor adds products of 8-bit integers in 32 bits: AVX512-VNNI or AVX-VNNI. .NET has a class for the latter only,
    /// so this reads CPUID: leaf 7, subleaf 0, ECX bit 11 and subleaf 1, EAX bit 4.
    /// </summary>
    public static bool HasVnni { get; } = X86Base.IsSupported
        && X86Base.CpuId(0, 0).Eax >= ExtendedFeatures
        && ((X86Base.CpuId(ExtendedFeatures, 0).Ecx & Avx512VnniBit) != 0
            || (X86Base.CpuId(ExtendedFeatures, 0).Eax >= 1 && (X86Base.CpuId(ExtendedFeatures, 1).Eax & AvxVnniBit) != 0));

    /// <summary>True on x64 without VNNI, where sums of two products saturate at 16 bits unless ONNX Runtime takes its slower, exact way.</summary>
    public static bool NeedsExactProducts { get; } = X86Base.IsSupported && !HasVnni;

    /// <summary>How 8-bit products are computed here, in one sentence.</summary>
    public static string Products =>
        !X86Base.IsSupported ? "ONNX Runtime's own way: the processor is not x64."
        : HasVnni ? "in 32 bits by VNNI; session.x64quantprecision is not set."
        : "session.x64quantprecision=1, slower and exact: the processor has no VNNI.";
}
