using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Export;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>A model of the reference data: a folder of <c>tests/Fixtures</c> with base, adapter, inputs and expected logits.</summary>
internal sealed record ReferenceModel(string Name)
{
    public static ReferenceModel Tiny { get; } = new("tiny");

    public static ReferenceModel Small { get; } = new("small");

    public static ReferenceModel Full124M { get; } = new("full124m");

    public string Base => PathOf("base");

    public string Adapter => PathOf("adapter");

    public IReadOnlyList<ReferenceBatch> Batches => ReferenceBatch.Load(PathOf("inputs.json"), PathOf("expected.json"));

    public string PathOf(string name) => Repository.PathOf("tests", "Fixtures", Name, name);

    /// <summary>The bytes that <c>export onnx</c> writes.</summary>
    public static byte[] Export(string baseDirectory, string? adapterDirectory, LabelMap? labels = null, OnnxExportOptions? options = null)
    {
        string target = Path.Combine(Path.GetTempPath(), $"{Path.GetRandomFileName()}.onnx");
        try
        {
            OnnxExport.Write(baseDirectory, adapterDirectory, (options ?? new()) with { Labels = labels ?? LabelMap.Default }, target, CancellationToken.None);
            return File.ReadAllBytes(target);
        }
        finally
        {
            File.Delete(target);
        }
    }

    /// <summary>An ONNX file with two labels around weights that a test has its hand in.</summary>
    public static byte[] Export(Gpt2Config config, int padTokenId, Func<string, float[]> read, OnnxExportOptions? options = null)
    {
        using var stream = new MemoryStream();
        OnnxWriter.Write(stream, Gpt2Graph.Build(config, 2, padTokenId, read, options ?? new(), []));
        return stream.ToArray();
    }
}
