using FakeNewsOnnx.Export;
using FakeNewsOnnx.Inference;
using Microsoft.ML.OnnxRuntime;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>An exported file in ONNX Runtime, with its default optimisations, for batches of the reference data.</summary>
internal sealed class OnnxClassifier : IDisposable
{
    private readonly SessionOptions _options;
    private readonly InferenceSession _session;

    /// <param name="model">The file's bytes.</param>
    /// <param name="exactProducts">As <see cref="ArticleClassifierOptions.ExactProducts"/>.</param>
    public OnnxClassifier(byte[] model, bool? exactProducts = null)
    {
        _options = NewOptions(exactProducts);
        _session = new(model, _options);
    }

    public OnnxClassifier(string path)
    {
        _options = NewOptions(exactProducts: null);
        _session = new(path, _options);
    }

    /// <summary>Adds a value of the graph to its outputs: concatenated Protobuf messages merge.</summary>
    public static byte[] WithOutput(byte[] model, string value)
    {
        var output = new OnnxValue(value, OnnxType.Float, ["b", "t", "c"]);
        using var stream = new MemoryStream();
        stream.Write(model);
        OnnxWriter.Write(stream, new(GraphBuilder.IrVersion, GraphBuilder.Opset, new("gpt2", "", [], [output], [], []), []));
        return stream.ToArray();
    }

    /// <summary>Runs a batch; without a mask of its own it gets one of ones.</summary>
    /// <returns>The output's rows.</returns>
    public float[][] Run(ReferenceBatch batch, string output = "logits")
    {
        long[][] mask = batch.AttentionMask ?? [.. batch.InputIds.Select(row => row.Select(_ => 1L).ToArray())];
        using OrtValue ids = ToTensor(batch.InputIds), attention = ToTensor(mask);
        using var options = new RunOptions();
        using var results = _session.Run(options, ["input_ids", "attention_mask"], [ids, attention], [output]);
        float[] values = results[0].GetTensorDataAsSpan<float>().ToArray();
        return [.. values.Chunk(values.Length / batch.InputIds.Length)];
    }

    /// <summary>The largest |Δlogit| over the rows that the reference defines.</summary>
    public double Difference(ReferenceBatch batch, double[][] expected)
    {
        float[][] found = Run(batch);
        return Enumerable.Range(0, expected.Length).Where(batch.IsDefined)
            .Max(row => Differences.Largest(expected[row], found[row].Select(logit => (double)logit)));
    }

    /// <summary>The largest |Δlogit| relative to max(1, max |logit|) of its row, over the rows that the reference defines.</summary>
    public double RelativeDifference(ReferenceBatch batch, double[][] expected)
    {
        float[][] found = Run(batch);
        return Enumerable.Range(0, expected.Length).Where(batch.IsDefined)
            .Max(row => Differences.Largest(expected[row], found[row].Select(logit => (double)logit)) / Math.Max(1, expected[row].Max(Math.Abs)));
    }

    public void Dispose()
    {
        _session.Dispose();
        _options.Dispose();
    }

    private static SessionOptions NewOptions(bool? exactProducts)
    {
        var options = new SessionOptions { IntraOpNumThreads = 2 };
        if (exactProducts ?? Processor.NeedsExactProducts)
        {
            options.AddSessionConfigEntry("session.x64quantprecision", "1");
        }

        return options;
    }

    private static OrtValue ToTensor(long[][] rows) =>
        OrtValue.CreateTensorValueFromMemory(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]);
}
