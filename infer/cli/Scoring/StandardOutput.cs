using Microsoft.Win32.SafeHandles;

namespace FakeNewsOnnx.Infer;

/// <summary>Standard output for data.</summary>
internal static class StandardOutput
{
    private static readonly nint Descriptor = 1;

    /// <summary>
    /// Opens it. .NET's own stream takes a pipe whose reader has gone for one that reads on, so that half an output would
    /// look like a whole one; here it is an <see cref="IOException"/>.
    /// </summary>
    public static Stream Open()
    {
        if (!OperatingSystem.IsWindows())
        {
            var pipe = new FileStream(new SafeFileHandle(Descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            if (!pipe.CanSeek)
            {
                return pipe;
            }
        }

        // A file: others may write to it before and after, at the place that the descriptor keeps.
        return Console.OpenStandardOutput();
    }
}
