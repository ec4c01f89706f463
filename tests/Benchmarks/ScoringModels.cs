using System.CommandLine;
using System.Runtime.InteropServices;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Tests;
using FakeNewsOnnx.Tests.Infer;
using FakeNewsOnnx.Tests.Parity;

namespace FakeNewsOnnx.Benchmarks;

/// <summary>The model files that the scoring rows run, in <c>artifacts/benchmark</c>.</summary>
internal static class ScoringModels
{
    private static readonly HashSet<string> WrittenFiles = [];

    /// <summary>GPT-2's shape as <c>export onnx</c> writes it.</summary>
    /// <param name="root">The repository's folder.</param>
    /// <param name="options">What is added to the command line, such as <c>--precision int8</c>.</param>
    /// <param name="name">The file's name.</param>
    public static string Gpt2(string root, string name, params string[] options) => Written(root, name, target =>
    {
        using var folder = new TemporaryFolder();
        Full124M.WriteBase(Path.Combine(root, "tests/Fixtures/full124m/base", Gpt2Config.FileName), folder.Path);
        Export(folder.Path, target, options);
    });

    /// <summary>GPT-2's shape in fp32 as notebooks have it: every query against every key. No option of <c>export onnx</c> writes it.</summary>
    public static string WholeAttention(string root) => Written(root, "gpt2-whole-attention.onnx", target =>
    {
        using var folder = new TemporaryFolder();
        Full124M.WriteBase(Path.Combine(root, "tests/Fixtures/full124m/base", Gpt2Config.FileName), folder.Path);
        OnnxExport.Write(folder.Path, null, new() { Labels = LabelMap.Default, QueryBlock = int.MaxValue }, target, CancellationToken.None);
    });

    /// <summary>A base as <c>export onnx</c> writes it.</summary>
    public static string OfBase(string root, string name, string directory, params string[] options) => Written(root, name, target => Export(directory, target, options));

    /// <summary>GPT-2's tokenizer with next to no model behind it.</summary>
    public static string TokenizerOnly(string root) => Written(root, "tokenizer-only.onnx", target =>
    {
        byte[] vocabulary = File.ReadAllBytes(Path.Combine(root, "models/gpt2-mini", Gpt2Tokenizer.VocabularyFile));
        byte[] merges = File.ReadAllBytes(Path.Combine(root, "models/gpt2-mini", Gpt2Tokenizer.MergesFile));
        var manifest = ByteModel.Manifest with { MaxTokens = 1024, PadTokenId = 50256, Temperature = 1e5, TokenizerSha256 = Gpt2Tokenizer.Create(vocabulary, merges).Sha256 };
        File.WriteAllBytes(target, ByteModel.ToBytes(manifest, entries =>
        {
            entries[Gpt2Tokenizer.VocabularyFile] = vocabulary;
            entries[Gpt2Tokenizer.MergesFile] = merges;
        }));
    });

    /// <summary>A graph of one matrix product.</summary>
    /// <param name="left">The left input's shape.</param>
    /// <param name="right">The right matrix's shape.</param>
    /// <param name="isWeight">Whether the right matrix is a constant of the graph; otherwise it is an input.</param>
    public static byte[] MatrixProduct(long[] left, long[] right, bool isWeight)
    {
        OnnxValue leftInput = new("left", OnnxType.Float, Dimensions(left)), rightInput = new("right", OnnxType.Float, Dimensions(right));
        float[] weight = new float[right.Aggregate((a, b) => a * b)];
        var random = new Random(1);
        for (int i = 0; i < weight.Length; i++)
        {
            weight[i] = random.NextSingle();
        }

        var graph = new OnnxGraph(
            "product",
            "",
            isWeight ? [leftInput] : [leftInput, rightInput],
            [new("product", OnnxType.Float, Dimensions([.. left[..^1], right[^1]]))],
            isWeight ? [new("right", OnnxType.Float, right, () => MemoryMarshal.AsBytes<float>(weight))] : [],
            [new("product", "MatMul", ["left", "right"], ["product"], [])]);
        using var stream = new MemoryStream();
        OnnxWriter.Write(stream, new(GraphBuilder.IrVersion, GraphBuilder.Opset, graph, []));
        return stream.ToArray();

        static OnnxDimension[] Dimensions(long[] shape) => [.. shape.Select(length => (OnnxDimension)length)];
    }

    private static void Export(string directory, string target, params string[] options)
    {
        string[] arguments = ["onnx", "--base", directory, "--labels", "fake,real", "--out", target, .. options];
        int exitCode = ProgramHost.RunAsync(new RootCommand { OnnxCommand.Create() }, arguments).GetAwaiter().GetResult();
        if (exitCode != 0)
        {
            throw new InvalidOperationException($"export {string.Join(' ', arguments)} ended with {exitCode}.");
        }
    }

    /// <summary>Writes a file once in a run: an older one may be an older exporter's.</summary>
    private static string Written(string root, string name, Action<string> write)
    {
        string path = Path.Combine(Directory.CreateDirectory(Path.Combine(root, "artifacts/benchmark")).FullName, name);
        if (WrittenFiles.Add(path))
        {
            write(path);
        }

        return path;
    }
}
