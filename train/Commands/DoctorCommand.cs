using System.CommandLine;
using System.Globalization;
using FakeNewsOnnx.Train.Native;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Commands;

/// <summary><c>train doctor</c>: what training would run on here, or why it can't.</summary>
internal sealed class DoctorCommand : Command
{
    public DoctorCommand()
        : base("doctor", "Show devices, threads, versions and instruction sets, or why TorchSharp does not load.")
    {
        SetAction(_ => Run());
    }

    private static void Run()
    {
        Print("train", Machine.TrainVersion);
        Print("system", Machine.System);
        Print(".NET", Environment.Version.ToString());
        Print("processor", Machine.Processor);
        Print("processors", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture));
        Print("instruction sets", string.Join(", ", Machine.InstructionSets()));
        Print("built for", TorchLibrary.Accelerator);
        if (TorchLibrary.Accelerator == "cuda")
        {
            foreach (var (package, needs) in CudaNeeds.All)
            {
                Print(package, needs);
            }
        }

        Print("TorchSharp", Machine.TorchSharpVersion);
        TorchLibrary.Require();
        Print("libtorch", __version__);
        Print("torch threads", get_num_threads().ToString(CultureInfo.InvariantCulture));
        Print("devices", string.Join(", ", Enumerable.Range(0, cuda.is_available() ? cuda.device_count() : 0).Select(device => $"cuda:{device}").Prepend("cpu")));
    }

    private static void Print(string name, string value) => Console.WriteLine($"{name,-26}{value}");
}
