using FakeNewsOnnx.Data;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Train;
using FakeNewsOnnx.Train.Lora;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>A third of GPT-2 XL, more than one Protobuf message can hold. Needs 4.5 GB of disk and 6 GB of memory.</summary>
[Category("Heavy")]
internal sealed class AboveTwoGigabytesTests
{
    [Test]
    public void TheWeights_GoBesideTheModel_WhichGivesTorchSharpsLogits()
    {
        using var folder = new TemporaryFolder();
        folder.Write("base/config.json", """{ "model_type": "gpt2", "vocab_size": 50257, "n_positions": 1024, "n_embd": 1600, "n_layer": 15, "n_head": 25 }""");
        string directory = Path.Combine(folder.Path, "base"), target = Path.Combine(folder.Path, "model.onnx");
        Gpt2Config config = Gpt2Config.Load(Path.Combine(directory, Gpt2Config.FileName));
        SafetensorsWriter.Write(
            Path.Combine(directory, "model.safetensors"),
            Gpt2Weights.All(config).Append((Name: Gpt2Weights.ScoreWeight, Shape: [2, config.Width]))
                .Select(weight => new FloatTensor(weight.Name, weight.Shape, () => Weight(weight.Name, weight.Shape.Aggregate((a, b) => a * b)))));

        long bytes = OnnxExport.Write(directory, null, new() { Labels = LabelMap.Default }, target, CancellationToken.None).Bytes;

        Assert.That(bytes, Is.GreaterThan(int.MaxValue));
        Assert.That(new FileInfo(target).Length, Is.LessThan(5_000_000));
        var batch = new ReferenceBatch("", [[464, 1748, 6108, 7052, 0]], null, [], []);
        using BaseModel baseModel = BaseModel.Open(directory);
        using Gpt2ForSequenceClassification torch = ModelLoader.Build(baseModel, null, null, 2, config.EffectivePadTokenId);
        double[][] expected = [.. TorchLogits.Run(torch, batch).Select(row => row.Select(logit => (double)logit).ToArray())];
        using var onnx = new OnnxClassifier(target);
        Assert.That(expected[0].Max(Math.Abs), Is.GreaterThan(0.1));
        Assert.That(onnx.RelativeDifference(batch, expected), Is.LessThanOrEqualTo(5e-5));
    }

    /// <summary>Numbers without a pattern that adds up, small enough for 15 blocks; a norm's weights are near 1.</summary>
    private static float[] Weight(string name, long count)
    {
        var values = new float[count];
        float offset = name.Contains("ln_", StringComparison.Ordinal) && name.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0;
        uint state = (uint)name.Length;
        for (int i = 0; i < values.Length; i++)
        {
            state = (state * 1664525) + 1013904223;
            values[i] = offset + ((int)(state >> 16) - 32768) / 1_000_000f;
        }

        return values;
    }
}
