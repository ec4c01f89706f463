using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Inference;
using FakeNewsOnnx.Train.Model;
using Precision = FakeNewsOnnx.Export.Precision;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>
/// Every form and precision of a file against Transformers and PEFT in double precision, and against TorchSharp where the
/// base is ours. Differences are relative to max(1, max |logit|) of a row. The tolerances of int8 are twice what was
/// measured: the random weights of tiny and small amplify every rounding, so that these only show that int8 runs; those of a trained model do not.
/// </summary>
internal sealed class FormParityTests
{
    private static readonly string SampleTuned = Repository.PathOf("tests", "Fixtures", "sample-tuned", "adapter");
    private static readonly string Mini = Repository.PathOf("models", "gpt2-mini");

    /// <summary>Left padding, holes and rows of pads included.</summary>
    [Test]
    public void Tiny_GivesPeftsLogits([ValueSource(typeof(FileForm), nameof(FileForm.All))] FileForm form) =>
        AssertPeftsLogits(ReferenceModel.Tiny, form, int8Tolerance: 1.3);

    [Test]
    public void Small_GivesPeftsLogits([ValueSource(typeof(FileForm), nameof(FileForm.All))] FileForm form) =>
        AssertPeftsLogits(ReferenceModel.Small, form, int8Tolerance: 1.7);

    /// <summary>ONNX Runtime's two ways to multiply 8-bit integers; the faster one needs VNNI.</summary>
    [Test]
    public void SampleTunedMini_InInt8_GivesTorchSharpsLogitsEitherWay([Values] bool exactProducts)
    {
        if (!exactProducts && Processor.NeedsExactProducts)
        {
            Assert.Ignore("This processor has no VNNI.");
        }

        AssertTorchSharpsLogits(new(GraphForm.Portable, Precision.Int8), exactProducts);
    }

    /// <summary>One token, a ragged batch and the full context, with an adapter that was trained on the sample.</summary>
    [Test]
    public void SampleTunedMini_GivesTorchSharpsLogits([ValueSource(typeof(FileForm), nameof(FileForm.All))] FileForm form) => AssertTorchSharpsLogits(form);

    private static void AssertTorchSharpsLogits(FileForm form, bool? exactProducts = null)
    {
        using BaseModel baseModel = BaseModel.Open(Mini);
        using AdapterDirectory adapter = AdapterDirectory.Open(SampleTuned, baseModel.Config);
        using Gpt2ForSequenceClassification torch = ModelLoader.Build(baseModel, adapter.Config, adapter, 2, 50256);
        using var onnx = new OnnxClassifier(ReferenceModel.Export(Mini, SampleTuned, options: form.Options), exactProducts);
        foreach (ReferenceBatch batch in SampleBatches(baseModel.RequireTokenizer()))
        {
            double[][] expected = [.. TorchLogits.Run(torch, batch).Select(row => row.Select(logit => (double)logit).ToArray())];
            AssertWithin(onnx.RelativeDifference(batch, expected), form, 0.1, batch.Name);
        }
    }

    private static void AssertPeftsLogits(ReferenceModel model, FileForm form, double int8Tolerance)
    {
        using var onnx = new OnnxClassifier(ReferenceModel.Export(model.Base, model.Adapter, options: form.Options));
        foreach (ReferenceBatch batch in model.Batches)
        {
            AssertWithin(onnx.RelativeDifference(batch, batch.PeftLogits), form, int8Tolerance, batch.Name);
        }
    }

    private static void AssertWithin(double difference, FileForm form, double int8Tolerance, string name)
    {
        double tolerance = form.Precision switch { Precision.Fp16 => 0.02, Precision.Int8 => int8Tolerance, _ => 2e-5 };
        TestContext.Out.WriteLine($"{name}: {difference:G3}");
        Assert.That(difference, Is.LessThanOrEqualTo(tolerance), name);
    }

    private static ReferenceBatch[] SampleBatches(Gpt2Tokenizer tokenizer)
    {
        using CsvArticleReader reader = CsvArticleReader.Open(Repository.PathOf("samples", "horne-adali-2017.csv"));
        int[][] articles = [.. reader.ReadValidRows().Select(row => tokenizer.Encode(row.Article!, 1024).InputIds)];
        int[] longest = articles.First(ids => ids.Length == 1024);
        TokenBatch ragged = TokenBatch.Pack([articles[0][..7], articles[1][..90], articles[2][..300]], 50256);
        return
        [
            new("one token", [[articles[0][0]]], null, [], []),
            new("ragged batch", [.. ragged.InputIds.Chunk(ragged.Columns)], [.. ragged.AttentionMask.Chunk(ragged.Columns)], [], []),
            new("full context", [[.. longest.Select(id => (long)id)]], null, [], []),
        ];
    }
}
