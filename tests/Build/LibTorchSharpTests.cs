using System.Text;
using System.Xml.Linq;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Tests.Build;

/// <summary>Every output holds the copy of libLibTorchSharp.so that loads without GCC 13's libstdc++, and nothing else of it has changed.</summary>
[TestFixture]
public sealed class LibTorchSharpTests
{
    private const string NativeFile = "runtimes/linux-x64/native/libLibTorchSharp.so";

    /// <summary>vna_flags of GLIBCXX_3.4.32 in TorchSharp 0.107.0: `readelf -V` shows the entry 0x140 after .gnu.version_r, which starts at 0x3f8f0.</summary>
    private const int FlagsOffset = 0x3f8f0 + 0x140 + 4;

    private const byte Weak = 2;

    private static readonly byte[] Package = File.ReadAllBytes(PackageFile());

    [Test]
    public void Package_IsNeverTouched() => Assert.That(Package[FlagsOffset], Is.Zero);

    [Test]
    public void BuildOutput_HasThePatchedFile() => AssertPatched(Path.Combine(AppContext.BaseDirectory, NativeFile));

    [Test]
    public void TorchSharp_Loads()
    {
        using Tensor zero = zeros(1);
        Assert.That(zero.item<float>(), Is.Zero);
    }

    [Test]
    public void Patch_TouchesOnlyAFileThatNeedsIt()
    {
        byte[] patched = [.. Package];
        patched[FlagsOffset] = Weak;
        byte[] older = [.. Package]; // needs no version of GCC 13
        older[older.AsSpan().IndexOf("GLIBCXX_3.4.32\0"u8) + 13] = (byte)'1';

        using TemporaryFolder folder = new();
        byte[][] inputs = [Package, patched, older, Encoding.ASCII.GetBytes(new string('x', 100)), Package[..5000]];
        string items = string.Concat(inputs.Select((bytes, i) =>
        {
            File.WriteAllBytes(folder.Write($"{i}/libLibTorchSharp.so", ""), bytes);
            return $"""<RuntimeTargetsCopyLocalItems Include="{i}/libLibTorchSharp.so" NuGetPackageVersion="{i}" PathInPackage="out.so" />""";
        }));
        folder.Write("patch.proj", $"""
            <Project>
              <PropertyGroup><IntermediateOutputPath>obj/</IntermediateOutputPath></PropertyGroup>
              <ItemGroup>{items}</ItemGroup>
              <Target Name="ResolvePackageAssets" />
              <Import Project="{Repository.PathOf("build/PatchLibTorchSharp.targets")}" />
            </Project>
            """);
        (int exitCode, string output) = Repository.Dotnet(folder.Path, "msbuild", "patch.proj", "--nologo", "-t:ResolvePackageAssets");

        byte[] Output(int i) => File.ReadAllBytes(folder.In($"obj/patched/{i}/out.so"));
        Assert.That(Output(0), Is.EqualTo(patched), output);
        Assert.That(Output(1), Is.EqualTo(patched), output);
        Assert.That(Output(2), Is.EqualTo(older), output);
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(output, Does.Contain("3/libLibTorchSharp.so: expected a 64-bit little-endian ELF file").And.Contain("4/libLibTorchSharp.so: expected"));
    }

    [TestCase]
    [TestCase("--runtime", "linux-x64", "--self-contained", "false")]
    [Category("Heavy")]
    public void Publish_HasThePatchedFile(params string[] options)
    {
        using TemporaryFolder folder = new();
        (int exitCode, string output) = Repository.Dotnet(Repository.Root, ["publish", "train", "--artifacts-path", folder.Path, .. options]);
        Assert.That(exitCode, Is.Zero, output);

        string publish = folder.In("publish");
        string[] files = Directory.GetFiles(publish, "libLibTorchSharp.so", SearchOption.AllDirectories);
        Assert.That(files, Has.Length.EqualTo(1));
        AssertPatched(files[0]);
    }

    private static void AssertPatched(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        Assert.That(bytes, Has.Length.EqualTo(Package.Length));
        Assert.That(Enumerable.Range(0, bytes.Length).Where(i => bytes[i] != Package[i]), Is.EqualTo(new[] { FlagsOffset }));
        Assert.That(bytes[FlagsOffset], Is.EqualTo(Weak));
    }

    private static string PackageFile()
    {
        string version = XDocument.Load(Repository.PathOf("Directory.Packages.props")).Descendants("PackageVersion")
            .Single(p => (string?)p.Attribute("Include") == "TorchSharp").Attribute("Version")!.Value;
        string cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return Path.Combine(cache, "torchsharp", version, NativeFile);
    }
}
