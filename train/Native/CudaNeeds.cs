namespace FakeNewsOnnx.Train.Native;

/// <summary>What the two CUDA packages want of a machine.</summary>
/// <remarks>
/// TorchSharp 0.107.0's package description names libtorch-cuda-12.8, and its parts bring CUDA and cuDNN along.
/// ONNX Runtime deprecated its CUDA 12 packages with 1.27 (release notes); its default GPU package is built with CUDA 13.0 and cuDNN 9
/// (onnxruntime.ai, CUDA Execution Provider, Requirements) and brings neither. Drivers: NVIDIA, CUDA Compatibility, Minor Version Compatibility.
/// </remarks>
internal static class CudaNeeds
{
    /// <summary>One line for each package.</summary>
    public static IReadOnlyList<(string Package, string Needs)> All { get; } =
    [
        ("TorchSharp-cuda 0.107.0", "CUDA 12.8 and cuDNN 9, both in the package; driver 570 or later (525 or later before Blackwell)"),
        ("OnnxRuntime.Gpu 1.31.1", "CUDA 13 and cuDNN 9, to be installed; driver 580 or later"),
    ];
}
