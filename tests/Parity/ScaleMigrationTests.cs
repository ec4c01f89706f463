using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Train.Model;
using Precision = FakeNewsOnnx.Export.Precision;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>Scales that move from activations to weights: recorded in TorchSharp, used by the exporter.</summary>
internal sealed class ScaleMigrationTests
{
    private static readonly string Mini = Repository.PathOf("models", "gpt2-mini");
    private static readonly string SampleTuned = Repository.PathOf("tests", "Fixtures", "sample-tuned", "adapter");

    private readonly TemporaryFolder _folder = new();

    [OneTimeTearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void Migration_ChangesNoLogitByOneBit()
    {
        using BaseModel merged = BaseModel.Open(ReferenceModel.Tiny.PathOf("merged"));
        ActivationRangesFile.Save(_folder.Path, ActivationRangesFile.Norms(merged.Config)
            .ToDictionary(entry => entry.Norm, _ => Enumerable.Range(0, 32).Select(channel => MathF.Pow(1.5f, channel) - 1).ToArray()));
        var migration = new ScaleMigration(merged.Read, ActivationRangesFile.TryLoad(_folder.Path, merged.Config)!, merged.Config);
        using var original = new OnnxClassifier(ReferenceModel.Export(merged.Config, 299, merged.Read));
        using var migrated = new OnnxClassifier(ReferenceModel.Export(merged.Config, 299, migration.Read));

        float[] scales = [.. migration.Read("h.0.ln_1.weight").Zip(merged.Read("h.0.ln_1.weight"), (after, before) => before / after)];
        Assert.That(scales[0], Is.EqualTo(1), "a channel that is always 0 keeps its scale");
        Assert.That(scales[31], Is.GreaterThan(100));
        Assert.That(scales, Has.All.Matches<float>(float.IsPow2));
        foreach (ReferenceBatch batch in ReferenceModel.Tiny.Batches)
        {
            Assert.That(migrated.Run(batch), Is.EqualTo(original.Run(batch)), batch.Name);
        }
    }

    /// <summary>
    /// Real GPT-2s have channels with outputs far above the others, which leave the others few of the 8 bits. Here one
    /// channel of each LayerNorm is made 64 times as large, and the weight that reads it as much smaller: measured 0.112 and 0.007.
    /// </summary>
    [Test]
    public void RecordedRanges_SaveInt8FromOutliers()
    {
        using BaseModel baseModel = BaseModel.Open(Mini);
        using AdapterDirectory adapter = AdapterDirectory.Open(SampleTuned, baseModel.Config);
        using Gpt2ForSequenceClassification torch = ModelLoader.Build(baseModel, adapter.Config, adapter, 2, 50256);
        Gpt2Tokenizer tokenizer = baseModel.RequireTokenizer();
        int[][] articles = [.. new[] { 1, 2, 3 }.Select(i => tokenizer.Encode(SelfTestArticles.All[i], 1024).InputIds)];
        var ranges = ActivationRanges.Record(torch, baseModel.Config, articles, CancellationToken.None);
        foreach (float[] channels in ranges.Values)
        {
            channels[5] *= 64;
        }

        ActivationRangesFile.Save(_folder.Path, ranges);
        var model = new MergedModel(baseModel, adapter);
        var migration = new ScaleMigration(WithOutliers, ActivationRangesFile.TryLoad(_folder.Path, baseModel.Config)!, baseModel.Config);

        double without = Difference(WithOutliers), with = Difference(migration.Read);
        Assert.That(without, Is.GreaterThan(0.1), "without ranges");
        Assert.That(with, Is.LessThan(0.05), "with ranges");

        float[] WithOutliers(string name)
        {
            float[] weight = model.Read(name);
            bool isNorm = name.Contains(".ln_", StringComparison.Ordinal);
            if (isNorm || name.EndsWith("c_attn.weight", StringComparison.Ordinal) || name.EndsWith("c_fc.weight", StringComparison.Ordinal))
            {
                int columns = isNorm ? 1 : weight.Length / baseModel.Config.Width;
                foreach (ref float value in weight.AsSpan(5 * columns, columns))
                {
                    value *= isNorm ? 64 : 1 / 64f;
                }
            }

            return weight;
        }

        double Difference(Func<string, float[]> read)
        {
            using var stream = new MemoryStream();
            OnnxWriter.Write(stream, Gpt2Graph.Build(baseModel.Config, 2, 50256, read, new() { Precision = Precision.Int8 }, []));
            using var onnx = new OnnxClassifier(stream.ToArray());
            return articles.Max(ids =>
            {
                var batch = new ReferenceBatch("article", [[.. ids.Select(id => (long)id)]], null, [], []);
                return onnx.RelativeDifference(batch, [.. TorchLogits.Run(torch, batch).Select(row => row.Select(logit => (double)logit).ToArray())]);
            });
        }
    }

    [Test]
    public void Record_GivesTheLargestOutputOfEachChannel()
    {
        using BaseModel merged = BaseModel.Open(ReferenceModel.Tiny.PathOf("merged"));
        using Gpt2ForSequenceClassification torch = ModelLoader.Build(merged, null, null, 2, 299);
        using var onnx = new OnnxClassifier(OnnxClassifier.WithOutput(ReferenceModel.Export(merged.Config, 299, merged.Read), "/h.1/ln_1"));
        int[][] articles = [[5, 6, 7, 8], [9, 10]];

        float[] recorded = ActivationRanges.Record(torch, merged.Config, articles, CancellationToken.None)["h.1.ln_1"];

        float[][] outputs = [.. articles.SelectMany(ids => onnx.Run(new("", [[.. ids.Select(id => (long)id)]], null, [], []), "/h.1/ln_1")[0].Chunk(32))];
        Assert.That(outputs, Has.Length.EqualTo(6));
        Assert.That(recorded, Is.EqualTo(Enumerable.Range(0, 32).Select(channel => outputs.Max(token => Math.Abs(token[channel])))).Within(1e-5));
    }

    [Test]
    public void RangesOfAnotherModel_AreAnError()
    {
        ActivationRangesFile.Save(_folder.Path, new Dictionary<string, float[]> { ["h.0.ln_1"] = new float[32] });
        Gpt2Config config = Gpt2Config.Load(Path.Combine(ReferenceModel.Tiny.Base, Gpt2Config.FileName));
        var error = Assert.Throws<InvalidDataException>(() => ActivationRangesFile.TryLoad(_folder.Path, config));
        Assert.That(error!.Message, Does.Contain("activation_ranges.safetensors").And.Contain("h.1.ln_2.output_max"));
    }
}
