using System.Diagnostics;
using System.Text.RegularExpressions;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Tests.Parity;

namespace FakeNewsOnnx.Tests.Export;

/// <summary>
/// Our files in other people's readers, where they are installed:
/// <c>apt-get install protobuf-compiler libonnx-dev python3-onnx</c>.
/// </summary>
internal sealed partial class OtherReadersTests
{
    private const string Python = "/usr/bin/python3";
    private const string ProtoFolder = "/usr/include";

    private readonly TemporaryFolder _folder = new();

    [OneTimeTearDown]
    public void DeleteFolder() => _folder.Dispose();

    /// <summary>protoc prints a field that the schema lacks by its number.</summary>
    [Test]
    public void Protoc_KnowsEveryField([Values] bool externalData, [ValueSource(typeof(FileForm), nameof(FileForm.All))] FileForm form)
    {
        Require("/usr/bin/protoc", $"{ProtoFolder}/onnx/onnx.proto");
        string model = Export(form.Options with { ExternalData = externalData });

        string text = Run("/usr/bin/protoc", model, $"--proto_path={ProtoFolder}", "--decode=onnx.ModelProto", "onnx/onnx.proto");

        Assert.That(UnknownField().Matches(text), Is.Empty);
        Assert.That(text, Does.Contain("op_type: \"MatMul").And.Contain("producer_name: \"FakeNewsOnnx\"").And.Contain("key: \"fakenews.json\""));
        Assert.That(text, externalData ? Does.Contain("data_location: EXTERNAL") : Does.Not.Contain("external_data"));
    }

    [TestCase(Precision.Fp32, false)]
    [TestCase(Precision.Fp16, false)]
    [TestCase(Precision.Int8, false)]
    [TestCase(Precision.Fp32, true)]
    public void OnnxsChecker_AcceptsVersion17WithItsShapes(Precision precision, bool externalData)
    {
        Require(Python, "/usr/lib/python3/dist-packages/onnx/checker.py");
        string model = Export(new() { Precision = precision, Opset = 17, ExternalData = externalData, Labels = LabelMap.Default });

        const string script = """
            import onnx, sys
            onnx.checker.check_model(sys.argv[1], full_check=True)
            inferred = onnx.shape_inference.infer_shapes(onnx.load(sys.argv[1]), strict_mode=True)
            print(len(inferred.graph.value_info))
            """;
        string text = Run(Python, null, "-c", script, model);

        Assert.That(int.Parse(text, System.Globalization.CultureInfo.InvariantCulture), Is.GreaterThan(50));
    }

    private string Export(OnnxExportOptions options)
    {
        string target = _folder.In($"{Path.GetRandomFileName()}.onnx");
        OnnxExport.Write(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter, options, target, CancellationToken.None);
        return target;
    }

    private static void Require(params string[] files)
    {
        if (files.FirstOrDefault(file => !File.Exists(file)) is { } missing)
        {
            Assert.Ignore($"{missing} is not installed.");
        }
    }

    private static string Run(string program, string? inputFile, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        using (Stream input = process.StandardInput.BaseStream)
        {
            input.Write(inputFile is null ? [] : File.ReadAllBytes(inputFile));
        }

        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, errors.Result);
        return output.Result;
    }

    [GeneratedRegex(@"^\s*\d+(:| \{)", RegexOptions.Multiline)]
    private static partial Regex UnknownField();
}
