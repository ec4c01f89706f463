using System.Text.Json;

namespace FakeNewsOnnx.Tests.Infer;

/// <summary><c>-p:Accelerator=cuda</c>, read from the project file: what it names need not be there.</summary>
internal sealed class AcceleratorTests
{
    [TestCase("cpu", "Microsoft.ML.OnnxRuntime")]
    [TestCase("cuda", "Microsoft.ML.OnnxRuntime.Gpu")]
    public void TheProgram_TakesTheRuntimeOfItsAccelerator(string accelerator, string package)
    {
        var (exitCode, output) = Repository.Dotnet(
            Repository.Root, "msbuild", "infer/cli/FakeNewsOnnx.Infer.csproj", "-nologo", "-getItem:PackageReference", $"-p:Accelerator={accelerator}");
        Assert.That(exitCode, Is.Zero, output);

        using var items = JsonDocument.Parse(output);
        Assert.That(
            items.RootElement.GetProperty("Items").GetProperty("PackageReference").EnumerateArray().Select(item => item.GetProperty("Identity").GetString())
                .Where(name => name!.StartsWith("Microsoft.ML.OnnxRuntime", StringComparison.Ordinal)),
            Is.EqualTo(new[] { package }));
    }
}
