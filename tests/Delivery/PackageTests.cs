using System.Globalization;
using System.Xml.Linq;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Inference;
using FakeNewsOnnx.Tests.Docs;
using FakeNewsOnnx.Tests.Infer;

namespace FakeNewsOnnx.Tests.Delivery;

/// <summary>The inference package as a stranger uses it: from a folder of packages, in a new project, with the programs of the pages.</summary>
[Category("Heavy")]
internal sealed class PackageTests
{
    /// <summary>The package's own page, whose program is published as well.</summary>
    private const string PackagePage = "infer/library/README.md";

    private static readonly string Runtime = System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier;

    private TemporaryFolder _folder = null!;
    private string _model = null!;
    private string _foreignModel = null!; // without a manifest

    private static IEnumerable<TestCaseData> Programs => Pages.All.SelectMany(Pages.Blocks).Where(block => block is { Language: "csharp", Tag: "run" })
        .Select(block => new TestCaseData(block).SetArgDisplayNames(block.Place));

    [OneTimeSetUp]
    public void PackLibraryAndExportModel()
    {
        _folder = new();
        var (exitCode, output) = Repository.Dotnet(Repository.Root, "pack", "infer/library", "--configuration", "Release", "--nologo", "--output", _folder.In("packages"));
        Assert.That(exitCode, Is.Zero, output);

        _model = _folder.In("model.onnx");
        _foreignModel = _folder.In("other.onnx");
        File.WriteAllBytes(_foreignModel, ByteModel.ToBytes(metadata: entries => entries.Clear()));
        OnnxExport.Write(Repository.PathOf("models", "gpt2-mini"), Repository.PathOf("tests", "Fixtures", "sample-tuned", "adapter"), new(), _model, CancellationToken.None);
    }

    [OneTimeTearDown]
    public void CleanUp() => _folder.Dispose();

    [TestCaseSource(nameof(Programs))]
    public void EveryProgramOfThePages_Runs(CodeBlock block)
    {
        string project = Create($"run-{block.Page.Replace('/', '-')}-{block.Line}", block.Text);

        var (exitCode, output) = Repository.Dotnet(project, "run", "--configuration", "Release");

        Assert.That(exitCode, Is.Zero, output);
        Assert.That(output, Is.Not.Empty);
    }

    [Test]
    public void ANewProject_ClassifiesAnArticle_AlsoAsANativeProgram()
    {
        using var classifier = ArticleClassifier.Load(_model);
        var expected = classifier.Classify(new Article("Council approves bridge", "The city council voted on Tuesday …"));
        string project = Create("native", Pages.Blocks(PackagePage).Single(block => block.Language == "csharp").Text);

        var (exitCode, output) = Repository.Dotnet(project, "run", "--configuration", "Release");
        Assert.That(exitCode, Is.Zero, output);
        Assert.That(output.Trim(), Is.EqualTo(string.Create(CultureInfo.InvariantCulture, $"{expected.Label} {expected.Score:P1}")));

        var published = Repository.Dotnet(project, "publish", "--configuration", "Release", "--runtime", Runtime, "-p:PublishAot=true", "--output", "published");
        Assert.That(published.ExitCode, Is.Zero, published.Output);
        Assert.That(published.Output, Does.Not.Contain("warning"));
        var native = Repository.Run(Path.Combine(project, "published", OperatingSystem.IsWindows() ? "native.exe" : "native"), project);
        Assert.That(native, Is.EqualTo((0, output)));
        Assert.That(Directory.GetFiles(Path.Combine(project, "published"), "FakeNewsOnnx*.dll"), Is.Empty);
    }

    /// <summary>A project that takes our package from the folder, and all others from the user's cache or sources.</summary>
    private string Create(string name, string program)
    {
        string folder = _folder.In(name), cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        _folder.Write($"{name}/{name}.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <InvariantGlobalization>true</InvariantGlobalization>
                <NoWarn>NU1603</NoWarn> <!-- ONNX Runtime asks for a version of a package that not every source has -->
                <RestorePackagesPath>{_folder.In("cache")}</RestorePackagesPath>
                <RestoreFallbackFolders>{cache}</RestoreFallbackFolders>
                <RestoreAdditionalProjectSources>{_folder.In("packages")}</RestoreAdditionalProjectSources>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="FakeNewsOnnx.Inference" Version="*" />
                {Reference("Microsoft.Extensions.DependencyInjection")}
                {Reference("Microsoft.ML.OnnxRuntime")}
              </ItemGroup>
            </Project>
            """);
        _folder.Write($"{name}/Program.cs", program);
        File.Copy(_model, Path.Combine(folder, "model.onnx"));
        File.Copy(_foreignModel, Path.Combine(folder, "other.onnx"));
        return folder;
    }

    private static XElement Reference(string package) => new("PackageReference", new XAttribute("Include", package), new XAttribute("Version", Version(package)));

    private static string Version(string package) => XDocument.Load(Repository.PathOf("Directory.Packages.props")).Descendants("PackageVersion")
        .Single(entry => (string?)entry.Attribute("Include") == package).Attribute("Version")!.Value;
}
