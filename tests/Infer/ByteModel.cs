using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using FakeNewsOnnx.Export;

namespace FakeNewsOnnx.Tests.Infer;

/// <summary>
/// A model so small that its answers can be worked out by hand: one token per UTF-8 byte, and logits −m, m where m is the
/// mean byte − 45. So text in letters is <c>real</c>, and text in digits is <c>fake</c>.
/// </summary>
internal static class ByteModel
{
    private const float Threshold = 45;

    public static readonly Manifest Manifest = new()
    {
        Version = Manifest.CurrentVersion,
        Labels = ["fake", "real"],
        PadTokenId = 256,
        Pooling = Manifest.RightmostNonPad,
        MaxTokens = 16,
        TextFormat = Article.TextFormat,
        Temperature = 10,
        TokenizerSha256 = Gpt2Tokenizer.Create(Vocabulary(), Merges).Sha256,
    };

    private static ReadOnlyMemory<byte> Merges => "#version: 0.2\n"u8.ToArray();

    /// <summary>The logit of <c>real</c>, of a text that is not cut.</summary>
    public static float LogitOf(string text) => (float)Encoding.UTF8.GetBytes(text).Average(value => (double)value) - Threshold;

    /// <summary>The file's bytes.</summary>
    /// <param name="manifest">Another manifest; null for <see cref="Manifest"/>.</param>
    /// <param name="metadata">Changes the metadata before they are written.</param>
    /// <param name="logits">The output's name.</param>
    /// <param name="quantized">Whether the bytes go through dynamic int8, which takes one scale over the whole batch.</param>
    public static byte[] ToBytes(Manifest? manifest = null, Action<Dictionary<string, ReadOnlyMemory<byte>>>? metadata = null, string logits = "logits", bool quantized = false)
    {
        var entries = new Dictionary<string, ReadOnlyMemory<byte>>
        {
            [Manifest.MetadataKey] = (manifest ?? Manifest).ToUtf8Json(),
            [Gpt2Tokenizer.VocabularyFile] = Vocabulary(),
            [Gpt2Tokenizer.MergesFile] = Merges,
        };
        metadata?.Invoke(entries);
        var graph = new OnnxGraph(
            "bytes",
            "A classifier for tests.",
            [new("input_ids", OnnxType.Int64, ["batch", "sequence"]), new("attention_mask", OnnxType.Int64, ["batch", "sequence"])],
            [new(logits, OnnxType.Float, ["batch", 2])],
            [
                Tensor("axes", OnnxType.Int64, [1], [1L]), Tensor("threshold", OnnxType.Float, [], [Threshold]),
                Tensor("signs", OnnxType.Float, [1, 2], [-1f, 1f]),
            ],
            [
                new("bytes", "Cast", ["input_ids"], ["bytes"], [new("to", (long)OnnxType.Float)]),
                .. quantized ? Quantize("bytes", "values") : [new OnnxNode("values", "Identity", ["bytes"], ["values"], [])],
                new("mask", "Cast", ["attention_mask"], ["mask"], [new("to", (long)OnnxType.Float)]),
                new("masked", "Mul", ["values", "mask"], ["masked"], []),
                new("sum", "ReduceSum", ["masked", "axes"], ["sum"], []),
                new("count", "ReduceSum", ["mask", "axes"], ["count"], []),
                new("mean", "Div", ["sum", "count"], ["mean"], []),
                new("centred", "Sub", ["mean", "threshold"], ["centred"], []),
                new("logits", "Mul", ["centred", "signs"], [logits], []),
            ]);
        using var stream = new MemoryStream();
        OnnxWriter.Write(stream, new(GraphBuilder.IrVersion, GraphBuilder.Opset, graph, [.. entries]));
        return stream.ToArray();
    }

    /// <summary>The file's bytes with one more input.</summary>
    public static byte[] ToBytesWithInput(string name)
    {
        var addition = new OnnxGraph("bytes", "", [new(name, OnnxType.Int64, ["batch", "sequence"])], [], [], []);
        using var stream = new MemoryStream();
        OnnxWriter.Write(stream, new(GraphBuilder.IrVersion, GraphBuilder.Opset, addition, []));
        return [.. ToBytes(), .. stream.ToArray()];
    }

    /// <summary>The file's bytes with a weight that lies in <c>weights.data</c> beside it.</summary>
    public static byte[] ToBytesWithExternalData()
    {
        // Concatenated Protobuf messages merge: a graph (7) whose initializer (5) of type float (2) is named (8) and has its
        // data (13: location) outside (14).
        byte[] tensor = [0x10, 1, .. Field(8, "weight"u8), .. Field(13, [.. Field(1, "location"u8), .. Field(2, "weights.data"u8)]), 0x70, 1];
        var addition = new OnnxGraph(
            "bytes", "", [], [new("logits", OnnxType.Float, ["batch", 2])], [], [new("add", "Add", ["raw", "weight"], ["logits"], [])]);
        using var stream = new MemoryStream();
        OnnxWriter.Write(stream, new(GraphBuilder.IrVersion, GraphBuilder.Opset, addition, []));
        return [.. ToBytes(logits: "raw"), .. stream.ToArray(), .. Field(7, Field(5, tensor))];

        static byte[] Field(int number, ReadOnlySpan<byte> value) => [(byte)((number << 3) | 2), (byte)value.Length, .. value];
    }

    private static OnnxNode[] Quantize(string input, string output) =>
    [
        new("quantize", "DynamicQuantizeLinear", [input], ["quantized", "scale", "zero"], []),
        new("dequantize", "DequantizeLinear", ["quantized", "scale", "zero"], [output], []),
    ];

    private static OnnxTensor Tensor<T>(string name, OnnxType type, long[] shape, T[] values)
        where T : unmanaged => new(name, type, shape, () => MemoryMarshal.AsBytes<T>(values));

    /// <summary>A vocabulary in which a byte's id is its value, and 256 ends a text.</summary>
    private static ReadOnlyMemory<byte> Vocabulary()
    {
        var vocabulary = new Dictionary<string, int> { [Gpt2Tokenizer.EndOfText] = 256 };
        int unprintable = 0;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            vocabulary[$"{(char)(printable ? value : 0x100 + unprintable++)}"] = value;
        }

        return JsonSerializer.SerializeToUtf8Bytes(vocabulary);
    }
}
