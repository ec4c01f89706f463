using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace FakeNewsOnnx.Inference;

/// <summary>Opens a model on the device that was asked for.</summary>
internal static class DeviceSelection
{
    /// <summary>The CUDA provider's own name for <see cref="ArticleClassifierOptions.DeviceId"/>.</summary>
    public const string CudaDeviceId = "device_id";

    private const string CudaProvider = "CUDAExecutionProvider";

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">The device and how it is used.</param>
    /// <param name="precision">The file's precision; null if it does not say.</param>
    /// <exception cref="InvalidDataException">The file is not ONNX, or needs what is not there.</exception>
    /// <exception cref="PlatformNotSupportedException">CUDA was asked for and does not work; the message says what is missing.</exception>
    public static (InferenceSession Session, DeviceChoice Choice) Open(string path, ArticleClassifierOptions options, string? precision)
    {
        if (options.Device == Device.Cpu)
        {
            return (OpenOnCpu(path, options), new(Device.Cpu, "It was asked for."));
        }

        string obstacle = "The file is int8, which is made for the CPU; export it with --precision fp16 for CUDA.";
        if (precision != "int8" && TryOpenOnCuda(path, options, out obstacle) is { } session)
        {
            return (session, new(Device.Cuda, options.Device == Device.Cuda ? "It was asked for." : $"CUDA device {options.DeviceId} works."));
        }

        return options.Device == Device.Auto
            ? (OpenOnCpu(path, options), new(Device.Cpu, obstacle))
            : throw new PlatformNotSupportedException($"{path}: expected to run on CUDA. {obstacle}");
    }

    private static InferenceSession OpenOnCpu(string path, ArticleClassifierOptions options)
    {
        using var settings = CommonSettings(options);
        try
        {
            return new(path, settings);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException($"{path}: expected an ONNX model; ONNX Runtime says: {e.Message}", e);
        }
    }

    private static InferenceSession? TryOpenOnCuda(string path, ArticleClassifierOptions options, out string obstacle)
    {
        if (!OrtEnv.Instance().GetAvailableProviders().Contains(CudaProvider))
        {
            obstacle = "This program's ONNX Runtime has no CUDA: it comes from the package Microsoft.ML.OnnxRuntime, and CUDA from Microsoft.ML.OnnxRuntime.Gpu.";
            return null;
        }

        using var settings = CommonSettings(options);
        try
        {
            // Fails where the driver or one of CUDA's libraries is missing, and names it.
            using var cuda = new OrtCUDAProviderOptions();
            cuda.UpdateOptions(CudaOptions(options));
            settings.AppendExecutionProvider_CUDA(cuda);
            settings.AddSessionConfigEntry("session.disable_cpu_ep_fallback", options.Strict ? "1" : "0");
            obstacle = "";
            return new(path, settings);
        }
        catch (OnnxRuntimeException e)
        {
            obstacle = $"CUDA device {options.DeviceId} does not work: {e.Message}";
            return null;
        }
    }

    /// <summary>What the CUDA provider is told: the caller's options, and where these are silent products in full single precision.</summary>
    internal static Dictionary<string, string> CudaOptions(ArticleClassifierOptions options)
    {
        var settings = new Dictionary<string, string> { ["use_tf32"] = "0" };
        foreach (var (name, value) in options.CudaOptions)
        {
            settings[name] = value;
        }

        settings[CudaDeviceId] = options.DeviceId.ToString(CultureInfo.InvariantCulture);
        return settings;
    }

    /// <summary>The settings of a session on any device.</summary>
    internal static SessionOptions CommonSettings(ArticleClassifierOptions options)
    {
        var settings = new SessionOptions
        {
            // A failure comes as an exception; the same text on standard error would only be noise.
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            IntraOpNumThreads = options.ThreadsPerArticle,
            InterOpNumThreads = 1,
            EnableCpuMemArena = options.Arena,

            // Articles differ in length, and each new length would leave its own memory plan behind.
            EnableMemoryPattern = false,
        };
        settings.AddSessionConfigEntry("session.intra_op.allow_spinning", options.Spinning ? "1" : "0");
        settings.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");

        if (options.ExactProducts ?? Processor.NeedsExactProducts)
        {
            settings.AddSessionConfigEntry("session.x64quantprecision", "1");
        }

        return settings;
    }
}
