using System.Diagnostics;
using System.Text;
using FakeNewsOnnx.Train.Native;

namespace FakeNewsOnnx.Tests.Train;

/// <summary>Runs <c>train</c> from a copy of its output whose native libraries were damaged in one place.</summary>
[TestFixture]
[Platform("Linux")]
public sealed class DoctorTests
{
    private const string Main = "libLibTorchSharp.so";
    private const string Broken = "error: TorchSharp's native library does not load.\n";

    private TemporaryFolder _copy = null!;
    private string _native = "";

    [SetUp]
    public void CopyProgram()
    {
        _copy = new();
        _native = Directory.CreateDirectory(_copy.In("runtimes/linux-x64/native")).FullName;
        foreach (string file in Directory.GetFiles(AppContext.BaseDirectory))
        {
            File.Copy(file, _copy.In(Path.GetFileName(file)));
        }

        foreach (string library in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "runtimes/linux-x64/native")))
        {
            File.CreateSymbolicLink(Path.Combine(_native, Path.GetFileName(library)), library);
        }
    }

    [TearDown]
    public void DeleteCopy() => _copy.Dispose();

    [Test]
    public void Doctor_ShowsWhatTrainingRunsOn()
    {
        var (exitCode, output, error) = Train("doctor");

        Assert.That((exitCode, error), Is.EqualTo((0, "")));
        Assert.That(output, Does.Match(@"(?m)^processors +[1-9][0-9]*$"));
        Assert.That(output, Does.Match(@"(?m)^instruction sets +\w"));
        Assert.That(output, Does.Match(@"(?m)^built for +cpu$"));
        Assert.That(output, Does.Match(@"(?m)^TorchSharp +0\.107\.0"));
        Assert.That(output, Does.Match(@"(?m)^libtorch +2\.10\.0"));
        Assert.That(output, Does.Match(@"(?m)^torch threads +[1-9][0-9]*$"));
        Assert.That(output, Does.Match(@"(?m)^devices +cpu$"));
    }

    [TestCase("libtorch_cpu.so", "libLibTorchSharp.so", "libtorch-cpu-linux-x64")]
    [TestCase("libgomp-98b21ff3.so.1", "libtorch_cpu.so", "libtorch-cpu-linux-x64")]
    public void Doctor_NamesTheFileThatIsMissing(string library, string dependent, string package)
    {
        File.Delete(Path.Combine(_native, library));

        AssertExplained($"{_native}/{library} is missing, which {dependent} needs; it comes with the package {package}: build or publish the program again.\n");
    }

    [Test]
    public void Doctor_NamesTheVersionThatTheSystemLacks()
    {
        byte[] library = File.ReadAllBytes(Path.Combine(_native, Main));
        Encoding.ASCII.GetBytes("GLIBCXX_3.4.99").CopyTo(library.AsSpan(library.AsSpan().IndexOf("GLIBCXX_3.4.22\0"u8)));
        Replace(Main, library);

        string error = Explain("doctor");
        Assert.That(error, Does.Match($@"{Broken}{_native}/{Main} needs GLIBCXX_3\.4\.99 of libstdc\+\+\.so\.6; /.*/libstdc\+\+\.so\.6[.0-9]* has versions up to GLIBCXX_3\.4\.[0-9]+\. Build or publish"));
        Assert.That(Explain(FitArguments), Is.EqualTo(error));
    }

    /// <summary>The file as TorchSharp's package has it, where the system is older than GCC 13.</summary>
    [Test]
    public void Doctor_ExplainsTheFileThatWasNotPatched()
    {
        byte[] library = File.ReadAllBytes(Path.Combine(_native, Main));
        library[0x3f8f0 + 0x140 + 4] = 0; // vna_flags of GLIBCXX_3.4.32, see LibTorchSharpTests
        Replace(Main, library);
        string standardLibrary = File.ReadLines("/proc/self/maps").First(line => line.Contains("/libstdc++.so.6", StringComparison.Ordinal)).Split(' ', 6)[5].Trim();
        Assume.That(File.ReadAllBytes(standardLibrary).AsSpan().IndexOf("GLIBCXX_3.4.32\0"u8), Is.Negative);

        Assert.That(Explain("doctor"), Does.StartWith($"{Broken}{_native}/{Main} needs GLIBCXX_3.4.32 of libstdc++.so.6; ")
            .And.Contain("Build or publish the program again with this project's build, which marks GLIBCXX_3.4.32 weak; or install the libstdc++ of GCC 13 or later"));
    }

    [TestCase("libc10.so", "libtorch-cpu-linux-x64", 100_000)]
    [TestCase(Main, "TorchSharp", 1_000_000)]
    public void Doctor_NamesTheFileThatIsTruncated(string library, string package, int length)
    {
        Replace(library, File.ReadAllBytes(Path.Combine(_native, library))[..length]);

        string error = Explain("doctor");
        Assert.That(error, Does.Match($"^{Broken}{_native}/{library}: the file is truncated: it has {length} bytes, its headers describe [0-9]+; it comes with the package {package}: build or publish the program again.\n$"));
        Assert.That(Explain(FitArguments), Is.EqualTo(error));
    }

    [Test]
    public void Doctor_NamesTheFileThatIsNoLibrary()
    {
        Replace("libtorch.so", new byte[100]);

        AssertExplained($"{_native}/libtorch.so: expected a 64-bit ELF library; found another kind of file; it comes with the package libtorch-cpu-linux-x64: build or publish the program again.\n");
    }

    [Test]
    public void Doctor_SaysWhereTheLibraryShouldBe()
    {
        File.Delete(Path.Combine(_native, Main));

        Assert.That(Explain("doctor"), Does.StartWith($"{Broken}{_copy.Path}/: {Main} is missing; it comes with the package TorchSharp: build or publish the program again.\n"));
    }

    [Test]
    public void CudaNeeds_AreThoseOfThePinnedVersions()
    {
        string versions = File.ReadAllText(Repository.PathOf("Directory.Packages.props"));

        Assert.That(versions, Does.Contain("\"TorchSharp-cuda-linux\" Version=\"0.107.0\"").And.Contain("\"Microsoft.ML.OnnxRuntime.Gpu\" Version=\"1.31.1\""));
        Assert.That(CudaNeeds.All.Select(entry => entry.Package), Is.EqualTo(new[] { "TorchSharp-cuda 0.107.0", "OnnxRuntime.Gpu 1.31.1" }));
        Assert.That(CudaNeeds.All.Select(entry => entry.Needs), Has.All.Match("^CUDA 1[23].* cuDNN 9"));
    }

    private static readonly string[] FitArguments = ["fit", "--data", "none.csv", "--base", "none", "--out", "none"];

    private void AssertExplained(string problem)
    {
        Assert.That(Explain("doctor"), Is.EqualTo(Broken + problem));
        Assert.That(Explain(FitArguments), Is.EqualTo(Broken + problem));
    }

    /// <summary>The whole of standard error: no stack trace comes with it.</summary>
    private string Explain(params string[] arguments)
    {
        var (exitCode, _, error) = Train(arguments);
        Assert.That(exitCode, Is.EqualTo(1), error);
        return error;
    }

    private void Replace(string library, byte[] bytes)
    {
        File.Delete(Path.Combine(_native, library));
        File.WriteAllBytes(Path.Combine(_native, library), bytes);
    }

    private (int ExitCode, string Output, string Error) Train(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [_copy.In("train.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
