namespace FakeNewsOnnx.Benchmarks;

/// <summary>Instructions that decide about speed, each with those before it.</summary>
internal enum ProcessorKind
{
    /// <summary>None of the others, ARM64 included.</summary>
    Avx2,

    /// <summary>8-bit products: AVX512-VNNI or AVX-VNNI.</summary>
    Vnni,

    /// <summary>Also bf16 products.</summary>
    Avx512Bf16,

    /// <summary>Also products of tiles.</summary>
    Amx,
}

/// <summary>The ratios that the rows of scoring and training aim at, by processor.</summary>
/// <param name="Int8">Scoring in int8 against padded fp32, with lengths of recovery and webis.</param>
/// <param name="Fp32">The same in fp32.</param>
/// <param name="Training">A training step with the recipe <c>fast</c>.</param>
/// <param name="Evaluation">An evaluation with it.</param>
/// <param name="Bf16Step">A training step in bf16 against fp32; null where no instruction multiplies bf16.</param>
internal sealed record Aims(
    (double Recovery, double Webis) Int8,
    (double Recovery, double Webis) Fp32,
    (double Recovery, double Webis) Training,
    (double Recovery, double Webis) Evaluation,
    double? Bf16Step)
{
    /// <summary>A training step in fp32 against its products alone, on any processor.</summary>
    public const double ShareOfTrainingProducts = 0.85;

    /// <summary>Scoring 512 tokens in fp32 against its products alone, on any processor.</summary>
    public const double ShareOfScoringProducts = 0.8;

    /// <summary>Two ranks of one thread against one of two, on any processor.</summary>
    public const double TwoRanks = 1.7;

    private const string Amd = "AuthenticAMD", Intel = "GenuineIntel";

    /// <summary>
    /// A row with a vendor and a family goes before the one for all; null stands for any. Three were measured: AMD Zen 3 (AVX2), AMD Zen 5
    /// (family 26) and an Intel Xeon of the 5th generation without AMX (family 6). A processor that nobody measured has the lower aim.
    /// </summary>
    private static readonly (ProcessorKind Kind, string? Vendor, int? Family, Aims Aims)[] Table =
    [
        (ProcessorKind.Avx2, null, null, new((2.6, 3.4), (1.63, 2.13), (1.30, 1.82), (1.27, 1.68), null)),
        (ProcessorKind.Vnni, null, null, new((5, 7.5), (1.63, 2.13), (1.30, 1.82), (1.27, 1.68), null)),
        (ProcessorKind.Avx512Bf16, Amd, 26, new((8, 10), (3.16, 4.30), (2.79, 3.60), (2.85, 3.60), 1.8)),
        (ProcessorKind.Avx512Bf16, Intel, 6, new((5.3, 7.7), (1.75, 2.10), (1.4, 1.8), (1.4, 1.7), 1)),
        (ProcessorKind.Avx512Bf16, null, null, new((5, 7.5), (1.63, 2.13), (1.4, 1.8), (1.4, 1.7), 1.8)),
        (ProcessorKind.Amx, null, null, new((5.3, 7.7), (1.75, 2.10), (2.4, 3.2), (2.4, 3.2), 1.8)),
    ];

    /// <summary>The aims on this processor.</summary>
    public static Aims Here { get; } = Of(Machine.Kind, Machine.Vendor, Machine.Family);

    /// <summary>The aims on a processor.</summary>
    public static Aims Of(ProcessorKind kind, string vendor, int family) =>
        Table.Where(row => row.Kind == kind && (row.Vendor ?? vendor) == vendor && (row.Family ?? family) == family).MaxBy(row => row.Vendor is not null).Aims;
}
