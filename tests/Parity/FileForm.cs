using FakeNewsOnnx.Export;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>A kind of file that <c>export onnx</c> writes.</summary>
internal sealed record FileForm(GraphForm Graph, Precision Precision, int Opset = GraphBuilder.Opset)
{
    public static IReadOnlyList<FileForm> All { get; } =
    [
        new(GraphForm.Portable, Precision.Fp32),
        new(GraphForm.Portable, Precision.Fp16),
        new(GraphForm.Portable, Precision.Int8),
        new(GraphForm.Portable, Precision.Fp32, GraphBuilder.OldOpset),
        new(GraphForm.Portable, Precision.Fp16, GraphBuilder.OldOpset),
        new(GraphForm.Portable, Precision.Int8, GraphBuilder.OldOpset),
        new(GraphForm.Fused, Precision.Fp32),
        new(GraphForm.Fused, Precision.Fp16),
        new(GraphForm.Fused, Precision.Fp32, GraphBuilder.OldOpset),
        new(GraphForm.Fused, Precision.Fp16, GraphBuilder.OldOpset),
    ];

    public OnnxExportOptions Options => new() { Graph = Graph, Precision = Precision, Opset = Opset, Labels = LabelMap.Default };

    public override string ToString() => $"{Graph} {Precision} {Opset}".ToLowerInvariant();
}
