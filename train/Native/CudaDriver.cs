using System.Runtime.InteropServices;

namespace FakeNewsOnnx.Train.Native;

/// <summary>Asks NVIDIA's driver what TorchSharp does not tell of a device.</summary>
internal static class CudaDriver
{
    /// <summary>The first compute capability (Ampere) whose tensor cores multiply bf16.</summary>
    public const int MajorWithBFloat16 = 8;

    private const int MajorCapabilityAttribute = 75; // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR

    /// <summary>The first number of a device's compute capability; null where there is no driver or no such device.</summary>
    /// <param name="device">From 0.</param>
    public static unsafe int? MajorCapability(int device)
    {
        if (!NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out nint driver))
        {
            return null;
        }

        var initialize = (delegate* unmanaged<uint, int>)NativeLibrary.GetExport(driver, "cuInit");
        var getDevice = (delegate* unmanaged<int*, int, int>)NativeLibrary.GetExport(driver, "cuDeviceGet");
        var getAttribute = (delegate* unmanaged<int*, int, int, int>)NativeLibrary.GetExport(driver, "cuDeviceGetAttribute");
        int handle, major;
        return initialize(0) == 0 && getDevice(&handle, device) == 0 && getAttribute(&major, MajorCapabilityAttribute, handle) == 0 ? major : null;
    }
}
