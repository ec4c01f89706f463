using System.Text;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Inference;
using FakeNewsOnnx.Tests.Infer;

namespace FakeNewsOnnx.Fuzz;

/// <summary>A manifest: what is accepted is written as it was read.</summary>
internal sealed class ManifestTarget : FuzzTarget
{
    public override string Name => "manifest";

    /// <summary>Its messages have the words of files that a model is made from, which are not bounded yet.</summary>
    public override bool EchoesFit => false;

    public override int BytesPerByte => 128;

    public override IEnumerable<byte[]> Seeds =>
    [
        ByteModel.Manifest.ToUtf8Json(),
        (ByteModel.Manifest with
        {
            Metrics = new Dictionary<string, double> { ["accuracy"] = 0.5 },
            SelfTest = new() { Tolerance = 2e-5, Cases = [new() { Title = "a", Content = "b", InputIds = [1, 2], Logits = [0.5f, -1] }] },
        }).ToUtf8Json(),
    ];

    public override IEnumerable<string> Words =>
    [
        "null", "[]", "{}", "[null]", "\"labels\":", "\"max_tokens\":", "\"self_test\":", "\"cases\":", "\"logits\":", "\"input_ids\":", "\"metrics\":", "\"temperature\":",
        "2147483647", "1e-400", "1e308", "\"NaN\"", "\\ud800", "-0",
    ];

    protected override object Parse(byte[] input) => Manifest.Parse(input, "manifest");

    protected override void Verify(byte[] input, object parsed)
    {
        byte[] written = ((Manifest)parsed).ToUtf8Json();
        BrokenPromiseException.Unless(Manifest.Parse(written, "manifest").ToUtf8Json().AsSpan().SequenceEqual(written), "it is not read as it was written");
    }
}

/// <summary>An ONNX file, as far as it is read by this project rather than by ONNX Runtime: metadata, manifest, tokenizer, and what <c>export inspect</c> shows.</summary>
internal sealed class OnnxTarget : FuzzTarget
{
    public override string Name => "onnx";

    /// <summary>Its messages have the words of files that a model is made from, which are not bounded yet.</summary>
    public override bool EchoesFit => false;

    public override int FixedBytes => 1 << 17;

    public override int BytesPerByte => 160;

    public override IEnumerable<byte[]> Seeds => [ByteModel.ToBytes(), ByteModel.ToBytes(metadata: entries => entries.Clear()), ByteModel.ToBytesWithExternalData(), [0x72, 0x06, 0x0a, 0x01, (byte)'a', 0x12, 0x01, (byte)'b']];

    public override IEnumerable<string> Words => ["\u0072", "\u003a", "fakenews.json", "vocab.json", "merges.txt", "location", "../weights.data", "\u007f\u007f\u007f"];

    protected override object Parse(byte[] input)
    {
        try
        {
            InspectCommand.Describe(OnnxSummary.Read(new MemoryStream(input), "model.onnx"), "model.onnx", input.Length);
        }
        catch (InvalidDataException)
        {
            // The other reader may still take it.
        }

        var metadata = OnnxMetadata.Read(new MemoryStream(input));
        if (metadata.TryGetValue(Manifest.MetadataKey, out var json))
        {
            ModelFile.ReadTokenizer("model.onnx", metadata, Manifest.Parse(json.Span, "model.onnx"));
        }

        return metadata;
    }

    protected override void Verify(byte[] input, object parsed)
    {
        long held = ((Dictionary<string, ReadOnlyMemory<byte>>)parsed).Sum(entry => (long)Encoding.UTF8.GetByteCount(entry.Key) + entry.Value.Length);
        BrokenPromiseException.Unless(held <= 3L * input.Length /* a byte that is no UTF-8 becomes U+FFFD, three bytes */, "the entries hold more than the file");
    }
}
