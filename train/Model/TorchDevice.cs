using FakeNewsOnnx.Files;
using FakeNewsOnnx.Train.Native;
using FakeNewsOnnx.Train.Recipes;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Model;

/// <summary>Where the model is to run.</summary>
internal enum DeviceChoice
{
    /// <summary>On CUDA if there is a device, else on the CPU.</summary>
    Auto,

    /// <summary>On the CPU.</summary>
    Cpu,

    /// <summary>On CUDA or not at all.</summary>
    Cuda,
}

/// <summary>Finds the device that a user asked for.</summary>
internal static class TorchDevice
{
    /// <summary>What the programs' --device says.</summary>
    public const string Description = "Where the model runs: auto takes CUDA if there is a device. MPI ranks take one device each.";

    /// <param name="choice">What was asked for.</param>
    /// <param name="localRank">This process among those of the same machine, from 0.</param>
    /// <exception cref="UsageException">CUDA was asked for and there is none, or fewer devices than processes.</exception>
    public static Device Choose(DeviceChoice choice, int localRank = 0) => Choose(choice, localRank, choice != DeviceChoice.Cpu && cuda.is_available() ? cuda.device_count() : 0);

    /// <summary>The same for a number of CUDA devices.</summary>
    public static Device Choose(DeviceChoice choice, int localRank, int devices) => choice switch
    {
        DeviceChoice.Cpu => CPU,
        DeviceChoice.Auto when devices == 0 => CPU,
        _ when devices == 0 => throw new UsageException($"--device cuda: expected a CUDA device; found none. This program was built for {TorchLibrary.Accelerator}; 'train doctor' says what is missing."),
        _ when localRank >= devices => throw new UsageException($"each MPI rank of a machine takes a CUDA device of its own: expected at least {localRank + 1}; found {devices}."),
        _ => new Device(TorchSharp.DeviceType.CUDA, localRank),
    };

    /// <summary>What <see cref="Precision.Auto"/> is on a device.</summary>
    public static Precision Resolve(Precision precision, Device device) =>
        precision != Precision.Auto ? precision
        : device.type == TorchSharp.DeviceType.CUDA && CudaDriver.MajorCapability(device.index) >= CudaDriver.MajorWithBFloat16 ? Precision.Bf16
        : Precision.Fp32;
}
