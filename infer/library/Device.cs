namespace FakeNewsOnnx.Inference;

/// <summary>Where a model runs.</summary>
public enum Device
{
    /// <summary>CUDA where it works and the file is made for it, otherwise the CPU; <see cref="ArticleClassifier.Device"/> says which and why.</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU, or an error that says what is missing.</summary>
    Cuda,
}

/// <summary>Where a model runs, and why.</summary>
/// <param name="Device"><see cref="Device.Cpu"/> or <see cref="Device.Cuda"/>.</param>
/// <param name="Reason">One sentence.</param>
public sealed record DeviceChoice(Device Device, string Reason);
