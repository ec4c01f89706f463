using Microsoft.ML.OnnxRuntime;
using TorchSharp;

namespace FakeNewsOnnx.Tests.Cuda;

/// <summary>Skips tests, with the reason, where there is no GPU to run them on.</summary>
internal static class CudaTests
{
    /// <summary>The category, which <c>--target Gpu</c> runs.</summary>
    public const string Category = "Cuda";

    public static void RequireTorch()
    {
        if (!torch.cuda.is_available())
        {
            Assert.Ignore("TorchSharp finds no CUDA device; on a machine with an NVIDIA GPU, ./build.sh --target Gpu --accelerator cuda runs this.");
        }
    }

    public static void RequireOnnxRuntime()
    {
        if (!OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider"))
        {
            Assert.Ignore("This ONNX Runtime has no CUDA; on a machine with an NVIDIA GPU, ./build.sh --target Gpu --accelerator cuda runs this.");
        }
    }
}
