using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Train.Model;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>A third of GPT-2 XL, more than one Protobuf message can hold. Needs 4.5 GB of disk and 6 GB of memory.</summary>
[Category("Heavy")]
internal sealed class AboveTwoGigabytesTests
{
    [Test]
    public void TheWeights_GoBesideTheModel_WhichGivesTorchSharpsLogits()
    {
        using var folder = new TemporaryFolder();
        string config = folder.Write("config.json", """{ "model_type": "gpt2", "vocab_size": 50257, "n_positions": 1024, "n_embd": 1600, "n_layer": 15, "n_head": 25 }""");
        string directory = Directory.CreateDirectory(folder.In("base")).FullName, target = folder.In("model.onnx");
        Full124M.WriteBase(config, directory);

        long bytes = OnnxExport.Write(directory, null, new() { Labels = LabelMap.Default }, target, CancellationToken.None).Bytes;

        Assert.That(bytes, Is.GreaterThan(int.MaxValue));
        Assert.That(new FileInfo(target).Length, Is.LessThan(5_000_000));
        var batch = new ReferenceBatch("", [[464, 1748, 6108, 7052, 0]], null, [], []);
        using BaseModel baseModel = BaseModel.Open(directory);
        using Gpt2ForSequenceClassification torch = ModelLoader.Build(baseModel, null, null, 2, padTokenId: 50256);
        double[][] expected = [.. TorchLogits.Run(torch, batch).Select(row => row.Select(logit => (double)logit).ToArray())];
        using var onnx = new OnnxClassifier(target);
        Assert.That(expected[0].Max(Math.Abs), Is.GreaterThan(0.1));
        double difference = onnx.RelativeDifference(batch, expected);
        TestContext.Out.WriteLine($"|Δlogit| {difference:G3}");
        Assert.That(difference, Is.LessThanOrEqualTo(1e-5));
    }
}
