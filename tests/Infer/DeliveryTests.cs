using System.IO.Compression;
using System.Xml.Linq;

namespace FakeNewsOnnx.Tests.Infer;

/// <summary>What users get: the package, the published program, and its memory over many rows.</summary>
[Category("Heavy")]
internal sealed class DeliveryTests : InferFixture
{
    [Test]
    public void Package_HoldsTheLibraryAndItsContractAndDependsOnTwoOthers()
    {
        var (exitCode, output) = Repository.Dotnet(Repository.Root, "pack", "infer/library", "--configuration", "Release", "--nologo", "--output", Folder);
        Assert.That(exitCode, Is.Zero, output);

        using var package = ZipFile.OpenRead(Directory.GetFiles(Folder, "FakeNewsOnnx.Inference.*.nupkg").Single());
        using var nuspec = package.Entries.Single(entry => entry.Name.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        Assert.That(
            XDocument.Load(nuspec).Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => element.Attribute("id")!.Value),
            Is.EquivalentTo(new[] { "Microsoft.Extensions.DependencyInjection.Abstractions", "Microsoft.ML.OnnxRuntime.Managed" }));
        Assert.That(package.Entries.Select(entry => entry.FullName).Where(name => name.StartsWith("lib/", StringComparison.Ordinal) || name == "README.md"), Is.EquivalentTo(new[]
        {
            "lib/net10.0/FakeNewsOnnx.Inference.dll", "lib/net10.0/FakeNewsOnnx.Inference.xml", "lib/net10.0/FakeNewsOnnx.Contract.dll", "lib/net10.0/FakeNewsOnnx.Contract.xml", "README.md",
        }));
        using var symbols = ZipFile.OpenRead(Directory.GetFiles(Folder, "FakeNewsOnnx.Inference.*.snupkg").Single());
        Assert.That(
            symbols.Entries.Select(entry => entry.FullName).Where(name => name.EndsWith(".pdb", StringComparison.Ordinal)),
            Is.EquivalentTo(new[] { "lib/net10.0/FakeNewsOnnx.Inference.pdb", "lib/net10.0/FakeNewsOnnx.Contract.pdb" }));
    }

    [Test]
    public void PublishedProgram_IsSmallAndAloneWithOnnxRuntime()
    {
        var (exitCode, output) = Repository.Dotnet(
            Repository.Root, "publish", "infer/cli", "--configuration", "Release", "--use-current-runtime", "--nologo", "--output", Folder, "-p:PublishAot=true", "-p:CopyOutputSymbolsToPublishDirectory=false");
        Assert.That(exitCode, Is.Zero, output);

        string program = In(OperatingSystem.IsWindows() ? "infer.exe" : "infer");
        Assert.That(new FileInfo(program).Length, Is.LessThanOrEqualTo(10_000_000));
        string[] native = OperatingSystem.IsWindows() ? [".dll"] : OperatingSystem.IsMacOS() ? [".dylib"] : [".so"];
        string[] libraries = [.. Directory.GetFiles(Folder).Where(file => Path.GetExtension(file) is ".dll" or ".so" or ".dylib" or ".lib")];
        Assert.That(libraries.Select(Path.GetExtension), Is.Not.Empty.And.All.AnyOf(native), string.Join(", ", libraries));
        Assert.That(libraries.Select(Path.GetFileNameWithoutExtension), Has.All.Contains("onnxruntime"));
    }

    /// <summary>What it holds at a time does not grow with the input.</summary>
    [Test]
    public void Score_OfAMillionRowsTakesNoMoreMemoryThanOf10Thousand()
    {
        long few = PeakBytes(10_000), many = PeakBytes(1_000_000);

        Assert.That(many, Is.LessThanOrEqualTo(few + 50_000_000));
    }

    private long PeakBytes(int rows)
    {
        File.WriteAllLines(Input, Enumerable.Range(0, rows).Select(n => $"title {n},content of article {n}").Prepend("title,content"));
        using var process = Start("score", Input, "--model", Model, "--out", Output, "--force");
        long peak = 0;
        while (!process.WaitForExit(20))
        {
            process.Refresh();
            peak = process.HasExited ? peak : Math.Max(peak, process.PeakWorkingSet64);
        }

        Assert.That(process.ExitCode, Is.Zero, process.StandardError.ReadToEnd());
        Assert.That(File.ReadLines(Output).Count(), Is.EqualTo(rows + 1));
        return peak;
    }
}
