using System.Text.RegularExpressions;

namespace FakeNewsOnnx.Tests.Build;

/// <summary>Evaluates the project files for every accelerator and platform, restoring nothing: which native packages would be restored.</summary>
[TestFixture]
public sealed class AcceleratorTests
{
    private static readonly string[] Projects = ["train/FakeNewsOnnx.Train", "infer/cli/FakeNewsOnnx.Infer", "tests/FakeNewsOnnx.Tests", "tests/Benchmarks/FakeNewsOnnx.Benchmarks"];

    private string _output = "";

    [OneTimeSetUp]
    public void Evaluate()
    {
        using TemporaryFolder folder = new();
        string calls = string.Concat(
            from project in Projects
            from accelerator in (string[])["cpu", "cuda", "tpu"]
            from platform in (string[])["linux-x64", "linux-arm64", "win-x64", "osx-arm64"]
            select $"""
                <ItemGroup><_Packages Remove="@(_Packages)" /></ItemGroup>
                <MSBuild Projects="{Repository.PathOf(project + ".csproj")}" Targets="CollectPackageReferences" Properties="Accelerator={accelerator};RuntimeIdentifier={platform}" ContinueOnError="ErrorAndContinue">
                  <Output TaskParameter="TargetOutputs" ItemName="_Packages" />
                </MSBuild>
                <Message Importance="high" Text="{Path.GetFileName(project)} {accelerator} {platform}: @(_Packages, ' ')." />
                """);
        folder.Write("evaluate.proj", $"<Project><Target Name=\"Evaluate\">{calls}</Target></Project>");
        (_, _output) = Repository.Dotnet(folder.Path, "msbuild", "evaluate.proj", "--nologo");
    }

    [TestCase("cpu", "linux-x64", "libtorch-cpu-linux-x64")]
    [TestCase("cpu", "win-x64", "libtorch-cpu-win-x64")]
    [TestCase("cpu", "osx-arm64", "libtorch-cpu-osx-arm64")]
    [TestCase("cuda", "linux-x64", "TorchSharp-cuda-linux")]
    [TestCase("cuda", "win-x64", "TorchSharp-cuda-windows")]
    public void Train_TakesTheLibTorchOfItsPlatformOnly(string accelerator, string platform, string package) =>
        Assert.That(NativePackages("FakeNewsOnnx.Train", accelerator, platform), Is.EqualTo(new[] { "TorchSharp", package }.Order(StringComparer.OrdinalIgnoreCase)), _output);

    [TestCase("cpu", "linux-x64", "Microsoft.ML.OnnxRuntime")]
    [TestCase("cpu", "linux-arm64", "Microsoft.ML.OnnxRuntime")]
    [TestCase("cpu", "win-x64", "Microsoft.ML.OnnxRuntime")]
    [TestCase("cpu", "osx-arm64", "Microsoft.ML.OnnxRuntime")]
    [TestCase("cuda", "linux-x64", "Microsoft.ML.OnnxRuntime.Gpu")]
    [TestCase("cuda", "win-x64", "Microsoft.ML.OnnxRuntime.Gpu")]
    public void Infer_TakesTheOnnxRuntimeOfItsAccelerator(string accelerator, string platform, string package) =>
        Assert.That(NativePackages("FakeNewsOnnx.Infer", accelerator, platform), Is.EqualTo(new[] { package }), _output);

    /// <summary>What they run on comes through their references to <c>train</c> and <c>infer</c>, so that it can't be another.</summary>
    [Test]
    public void TestsAndBenchmarks_NameNoNativePackageThemselves(
        [Values("FakeNewsOnnx.Tests", "FakeNewsOnnx.Benchmarks")] string project, [Values("cpu", "cuda")] string accelerator) =>
        Assert.That(NativePackages(project, accelerator, "linux-x64"), Is.Empty, _output);

    [Test]
    public void Build_SaysThatThereIsNoCudaForArm64([Values("Train", "Infer", "Tests", "Benchmarks")] string project, [Values("osx-arm64", "linux-arm64")] string platform) =>
        Assert.That(_output, Does.Match($@"error FNO0002: Accelerator cuda is there for linux-x64 and win-x64; this build is for {platform}\. \[.*FakeNewsOnnx\.{project}\.csproj\]"));

    /// <summary>Only <c>train</c> names libtorch: whatever needs none builds for linux-arm64.</summary>
    [Test]
    public void OnlyTrain_SaysThatThereIsNoLibTorchForLinuxOnArm64() => Assert.That(
        Regex.Matches(_output, @"error FNO0002: There is no libtorch for (.*)\. export and infer need none\. \[.*?(\w+)\.csproj\]").Select(match => (match.Groups[2].Value, match.Groups[1].Value)).Distinct(),
        Is.EqualTo(new[] { ("Train", "linux-arm64, only libtorch-cpu-linux-x64 2.10.0, libtorch-cpu-osx-arm64 2.10.0, libtorch-cpu-win-x64 2.10.0") }), _output);

    [TestCase("x64")]
    [TestCase("arm64")]
    public void WithoutARuntime_ThePlatformIsThatOfTheMachine(string architecture)
    {
        string project = Repository.PathOf("infer/cli/FakeNewsOnnx.Infer.csproj"), system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        Assert.That(Repository.Dotnet(Repository.Root, "msbuild", project, "-getProperty:NativePlatform", $"-p:NativeArchitecture={architecture}").Output.Trim(), Is.EqualTo($"{system}-{architecture}"));
        Assert.That(
            Repository.Dotnet(Repository.Root, "msbuild", project, "-getProperty:NativeArchitecture").Output.Trim(),
            Is.EqualTo($"{System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture}".ToLowerInvariant()));
    }

    [Test]
    public void Build_SaysWhichAcceleratorsThereAre() =>
        Assert.That(_output, Does.Contain("error FNO0002: Accelerator must be cpu or cuda; found 'tpu'."));

    [TestCase("libtorch-cpu-linux-x64")]
    [TestCase("libtorch-cpu-osx-arm64")]
    [TestCase("libtorch-cpu-win-x64")]
    [TestCase("Microsoft.ML.OnnxRuntime.Gpu")]
    [TestCase("TorchSharp-cuda-linux")]
    [TestCase("TorchSharp-cuda-windows")]
    public void Versions_OfEveryChoiceArePinned(string package) =>
        Assert.That(File.ReadAllText(Repository.PathOf("Directory.Packages.props")), Does.Contain($"<PackageVersion Include=\"{package}\" Version=\""));

    private string[] NativePackages(string project, string accelerator, string platform)
    {
        Match line = Regex.Match(_output, $@"{Regex.Escape(project)} {accelerator} {platform}: (.*)\.\r?$", RegexOptions.Multiline);
        Assert.That(line.Success, _output);
        return [.. line.Groups[1].Value.Split(' ').Where(package => Regex.IsMatch(package, "libtorch|TorchSharp|OnnxRuntime")).Order(StringComparer.OrdinalIgnoreCase)];
    }
}
