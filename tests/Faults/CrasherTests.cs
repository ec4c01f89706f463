using System.Text;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Infer;
using FakeNewsOnnx.Inference;
using FakeNewsOnnx.Tests.Infer;
using FakeNewsOnnx.Tests.Parity;

namespace FakeNewsOnnx.Tests.Faults;

/// <summary>What the fuzzer and the property tests found (tests/FUZZING.md), and what was found by looking for the same elsewhere.</summary>
internal sealed class CrasherTests
{
    [Test]
    public void JsonLines_AMembersNameWithHalfASurrogatePair_IsAnErrorOfItsRow()
    {
        using var reader = new JsonLinesReader(new MemoryStream("{\"co\\ud800ntent\":\"x\"}\n{\"content\":\"y\"}\n"u8.ToArray()), "file");

        Assert.That(reader.ReadRows().Select(row => row.Error), Is.EqualTo(new[] { "expected Unicode text in the names of members; found half a surrogate pair.", null }));
    }

    [TestCase("\"x\":1}\n")]
    [TestCase("\"predicted_label\":1,\"truncated\":false}\n")]
    [TestCase("\"predicted_label\":\"real\",\"truncated\":null}\n")]
    [TestCase("\"predicted_label\":\"\\ud800\",\"truncated\":false}\n")]
    public void ScoredJsonLines_AnotherProgramsMembers_AreNoResult(string members)
    {
        using var reader = new JsonLinesReader(new MemoryStream("{\"content\":\"y\"}\n"u8.ToArray()), "file");
        var format = new ScoredJsonLines(reader.Preamble, ["fake", "real"]);

        Assert.That(format.TryReadResult(Encoding.UTF8.GetBytes(members), reader.ReadRows().Single(), out _, out _), Is.False);
    }

    /// <summary>The buffers hold 64 KiB: a record of 9,000 bytes is in them whole when it is looked at.</summary>
    [TestCase("csv", "file(2): expected a record of at most 8000 bytes; found a longer one.")]
    [TestCase("jsonl", "file(2): expected a record of at most 8000 bytes; found a longer one.")]
    public void ARecordOverTheLimit_IsRefusedThoughItIsInTheBuffer(string format, string message)
    {
        byte[] file = Encoding.ASCII.GetBytes("title,content\n\"" + new string('x', 9_000) + "\",y\n");

        Assert.That(Assert.Throws<InvalidDataException>(() => Read())!.Message, Is.EqualTo(message));

        int Read()
        {
            using IArticleReader reader = format == "csv" ? new CsvArticleReader(new MemoryStream(file), "file", null, 1_000) : new JsonLinesReader(new MemoryStream(file), "file", null, 1_000);
            return reader.ReadRows().Count();
        }
    }

    [TestCase("""{"accuracy":1e999}""", "null", "metrics 'accuracy' must be a finite number; found Infinity.")]
    [TestCase("{}", """{"cases":[null]}""", "self_test case 0 must be an object; found null.")]
    [TestCase("{}", """{"cases":[{"title":"a","content":"b","input_ids":[1],"logits":[1e99,0]}]}""", "self_test case 0 must have finite logits; found Infinity, 0.")]
    [TestCase("{}", """{"cases":[],"tolerance":1e999}""", "self_test tolerance must be a finite number from 0; found Infinity.")]
    public void Manifest_WithNumbersThatAreNone_IsRefused(string metrics, string selfTest, string message)
    {
        string json = Encoding.UTF8.GetString(ByteModel.Manifest.ToUtf8Json()).TrimEnd().TrimEnd('}') + $",\"metrics\":{metrics},\"self_test\":{selfTest}}}";

        Assert.That(Assert.Throws<InvalidDataException>(() => Manifest.Parse(Encoding.UTF8.GetBytes(json), "file"))!.Message, Is.EqualTo($"file: {message}"));
    }

    /// <summary>Each call would pin 16 bytes for every token that the model reads.</summary>
    [Test]
    public void Manifest_WithMoreTokensThanAnyModelReads_IsRefused() => Assert.That(
        Assert.Throws<InvalidDataException>(() => Manifest.Parse((ByteModel.Manifest with { MaxTokens = int.MaxValue }).ToUtf8Json(), "file"))!.Message,
        Is.EqualTo("file: max_tokens must lie between 1 and 1000000; found 2147483647."));

    /// <summary>It took 56 bytes for each colon and 28 for each line.</summary>
    [TestCase("vocabulary")]
    [TestCase("merges")]
    public void Tokenizer_OfAMillionSeparators_TakesMemoryInProportion(string file)
    {
        byte[] separators = Encoding.ASCII.GetBytes(new string(file == "merges" ? '\n' : ':', 1_000_000));
        var vocabulary = Enumerable.Range(0, 256).ToDictionary(id => $"{(char)(0x4000 + id)}", id => id);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => Gpt2Tokenizer.Create(file == "merges" ? System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(vocabulary) : separators, separators));

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(24_000_000));
    }

    [Test]
    public void Vocabulary_WithTheHighestId_IsRefused() => Assert.That(
        Assert.Throws<InvalidDataException>(() => Gpt2Tokenizer.Create("{\"a\":2147483647}"u8.ToArray(), default))!.Message,
        Is.EqualTo("vocab.json: the id of token 'a' must be a whole number from 0 to 9999999; found 2147483647."));

    [TestCase("""{"r":4,"r":8}""", "adapter_config.json: not an adapter configuration: ")]
    [TestCase("""{"target_modules":["\ud800"]}""", "adapter_config.json: not an adapter configuration: ")]
    [TestCase("""{"peft_type":"LORA","r":4,"lora_alpha":8,"modules_to_save":[null]}""", "adapter_config.json: modules_to_save must be names; found null.")]
    public void AdapterConfig_ThatSystemTextJsonReadsTooLate_IsRefused(string json, string message)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("adapter_config.json", json);

        Assert.That(Assert.Throws<InvalidDataException>(() => LoraConfigFile.Load(path, out _))!.Message, Does.StartWith($"{folder.Path}{Path.DirectorySeparatorChar}{message}"));
    }

    /// <summary>ONNX Runtime looks at ids only when it runs: a file's tokenizer may have more of them than its embedding.</summary>
    [Test]
    public void Classify_AnIdThatTheModelDoesNotHave_IsAnErrorOfTheFile()
    {
        using var folder = new TemporaryFolder();
        string model = folder.In("model.onnx");
        File.WriteAllBytes(model, ReferenceModel.Export(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter));
        using ArticleClassifier classifier = ArticleClassifier.Load(model);

        Assert.That(
            Assert.Throws<InvalidDataException>(() => classifier.Classify([5, 70_000]))!.Message,
            Does.StartWith("expected a model that reads these tokens and gives a logit for each label; ONNX Runtime says: "));
    }

    [Test]
    public void Load_WithWeightsOutsideOfTheModelsFolder_IsRefused()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.data", "1234");
        string model = folder.Write("in/this/model.onnx", "");
        File.WriteAllBytes(model, Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(ByteModel.ToBytesWithExternalData()).Replace("weights.data", "../../a.data", StringComparison.Ordinal)));

        string message = Assert.Throws<InvalidDataException>(() => ArticleClassifier.Load(model))!.Message;
        Assert.That(message, Does.StartWith($"{model}: expected an ONNX model; ONNX Runtime says: ").And.Contain("a.data"));
    }
}
