using System.Text;
using System.Text.Json;
using FakeNewsOnnx.Infer;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Tests.Infer;

/// <summary><c>infer</c> as its user sees it: files, standard output and error, exit codes.</summary>
internal sealed class InferCommandTests : InferFixture
{
    [Test]
    public async Task Score_AddsColumnsToTheRecordsBytes()
    {
        File.WriteAllText(Input, "\uFEFFid,title,content\r\n1,,PPPPPP\r\n2,\"PP\r\nPP\",\"P\"\"P\"\n3,PP,\n\n4,P\n5,a,b,c\n6,,PPPPPPPPPPPPPPPPP");

        Assert.That(await Score(Input, "--out", Output), Is.EqualTo(3), Error.ToString());

        // Title and content are joined by two line feeds (10): (2·10 + 6·80)/8 = 62.5, so m = 17.5 and p = softmax(±1.75).
        string[] records = Encoding.UTF8.GetString(File.ReadAllBytes(Output)).Split("3,PP,");
        Assert.That(records[0], Is.EqualTo(
            "\uFEFFid,title,content,predicted_label,score,p_fake,p_real,tokens,truncated,error\r\n" +
            "1,,PPPPPP,real,0.97068775,0.02931223,0.97068775,8,false,\r\n" +
            "2,\"PP\r\nPP\",\"P\"\"P\",real,0.7553353,0.24466474,0.7553353,11,false,\n"));
        Assert.That("3,PP," + records[1], Is.EqualTo(
            "3,PP,,,,,,,,expected an article; found no content.\n\n" +
            "4,P,,,,,,,,\"expected 3 fields, as in the header; found 2.\"\n" +
            "5,a,b,c,,,,,,,\"expected 3 fields, as in the header; found 4.\"\n" +
            "6,,PPPPPPPPPPPPPPPPP,real,0.9947799,0.005220126,0.9947799,16,true,"));
    }

    [Test]
    public async Task Score_KeepsRowsInOrderWhateverTheThreads()
    {
        File.WriteAllLines(Input, ["title,content", .. Enumerable.Range(0, 2_000).Select(n => $"{n},{new string((char)('A' + (n % 50)), 1 + (n % 14))}")]);

        Assert.That(await Score(Input, "--out", Output, "--threads", "1"), Is.Zero);
        Assert.That(await Score(Input, "--out", Output + "8", "--threads", "8"), Is.Zero);

        Assert.That(File.ReadAllBytes(Output + "8"), Is.EqualTo(File.ReadAllBytes(Output)));
        Assert.That(File.ReadLines(Output).Skip(1).Select(line => line.Split(',')[0]), Is.EqualTo(Enumerable.Range(0, 2_000).Select(n => $"{n}")));
    }

    [Test]
    public async Task Score_QuotesLabelsThatNeedIt()
    {
        File.WriteAllBytes(Model, ByteModel.ToBytes(ByteModel.Manifest with { Labels = ["fake, or \"so\"", "real"] }));
        File.WriteAllText(Input, "title,content\n,1\n");

        Assert.That(await Score(Input, "--out", Output), Is.Zero);

        Assert.That(File.ReadAllLines(Output)[0], Is.EqualTo("title,content,predicted_label,score,\"p_fake, or \"\"so\"\"\",p_real,tokens,truncated,error"));
        Assert.That(File.ReadAllLines(Output)[1], Does.StartWith(",1,\"fake, or \"\"so\"\"\","));
    }

    [Test]
    public async Task Score_SumsUpAsOneJsonObject()
    {
        File.WriteAllText(Input, "headline,content\n,1111\n,zzzzzzzz\n,\n,11111111111111111\n");

        Assert.That(await Score(Input, "--out", Output, "--json", "--column", "title=headline"), Is.EqualTo(3));

        using var summary = JsonDocument.Parse(Out.ToString());
        var root = summary.RootElement;
        Assert.That(root.EnumerateObject().Select(property => property.Name), Is.EqualTo(new[] { "rows", "errors", "resumed", "truncated", "seconds", "articles_per_second", "device", "device_reason", "labels", "errors_by_reason" }));
        Assert.That((root.GetProperty("rows").GetInt32(), root.GetProperty("errors").GetInt32(), root.GetProperty("truncated").GetInt32()), Is.EqualTo((4, 1, 1)));
        Assert.That(root.GetProperty("labels").GetRawText(), Is.EqualTo("""{"fake":2,"real":1}"""));
        Assert.That(Error.ToString(), Is.EqualTo($"error: 1 of 4 rows have errors; --max-errors allows 0. The output is complete.{Environment.NewLine}"));
    }

    [Test]
    public async Task Score_ThatStopsOnAnErrorLeavesNoFile()
    {
        File.WriteAllText(Input, "title,content\na,b\nc,\n");

        Assert.That(await Score(Input, "--out", Output, "--on-error", "stop"), Is.EqualTo(1));

        Assert.That(Error.ToString(), Is.EqualTo($"error: {Input}(3): expected an article; found no content.{Environment.NewLine}"));
        Assert.That(Directory.GetFiles(Folder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "in.csv", "model.onnx" }));
    }

    [Test]
    public async Task Score_ReplacesAFileOnlyWhenForced()
    {
        File.WriteAllText(Input, "title,content\na,b\n");
        File.WriteAllText(Output, "precious");

        Assert.That(await Score(Input, "--out", Output), Is.EqualTo(1));
        Assert.That(Error.ToString(), Is.EqualTo($"error: {Output}: the file exists; --force replaces it.{Environment.NewLine}"));
        Assert.That(File.ReadAllText(Output), Is.EqualTo("precious"));

        Assert.That(await Score(Input, "--out", Output, "--force"), Is.Zero);
        Assert.That(File.ReadAllText(Output), Does.StartWith("title,content,predicted_label"));
    }

    [Test]
    public async Task Score_OfALargeFieldIsARowError()
    {
        File.WriteAllText(Input, $"title,content\na,{new string('b', 33)}\nc,d\n");

        Assert.That(await Score(Input, "--out", Output, "--max-field-bytes", "32"), Is.EqualTo(3));

        Assert.That(File.ReadAllLines(Output)[1], Does.EndWith(",,,,,,expected fields of at most 32 bytes; found 33 in column 2."));
        Assert.That(File.ReadAllLines(Output)[2], Does.StartWith("c,d,real,"));
    }

    [TestCase("--threads", "0", "--threads must be at least 1; found 0.")]
    [TestCase("--on-error", "skip", "'skip'")]
    [TestCase("--column", "author=x", "--column must be title=NAME, content=NAME or label=NAME; found 'author=x'.")]
    public async Task Score_WithABadOptionExits2(string option, string value, string message)
    {
        File.WriteAllText(Input, "title,content\na,b\n");

        Assert.That(await Score(Input, "--out", Output, option, value), Is.EqualTo(2));

        Assert.That(Error.ToString(), Does.StartWith("error: ").And.Contain(message));
    }

    [Test]
    public async Task Score_OfAFileThatIsNotThereExits1()
    {
        Assert.That(await Score(Input, "--out", Output), Is.EqualTo(1));

        Assert.That(Error.ToString(), Does.StartWith("error: ").And.Contain(Input));
    }

    [Test]
    public async Task Classify_PrintsOneJsonObject()
    {
        Assert.That(await Run(ClassifyCommand.Create(), "classify", "--model", Model, "--content", "PPPPPP", "--json"), Is.Zero);

        Assert.That(Out.ToString().Trim(), Is.EqualTo("""{"label":"real","score":0.97068775,"probabilities":{"fake":0.02931223,"real":0.97068775},"tokens":8,"truncated":false}"""));
    }

    [Test]
    public async Task Classify_ReadsATextFile()
    {
        string text = Path.Combine(Folder, "article.txt");
        File.WriteAllText(text, "zzzzzz");

        Assert.That(await Run(ClassifyCommand.Create(), "classify", "--model", Model, "--text-file", text), Is.Zero);

        Assert.That(Out.ToString(), Does.StartWith("real 0."));
    }

    [Test]
    public async Task Classify_WithoutAnArticleExits2()
    {
        Assert.That(await Run(ClassifyCommand.Create(), "classify", "--model", Model), Is.EqualTo(2));

        Assert.That(Error.ToString(), Is.EqualTo($"error: expected either --content or --text-file.{Environment.NewLine}"));
    }

    [Test]
    public void Progress_ShowsRateAndTimeLeft()
    {
        using var terminal = new StringWriter();
        var progress = new ScoreProgress(terminal, isTerminal: true, firstByte: 100, lastByte: 300);

        progress.Update(rows: 3, bytes: 200);

        Assert.That(terminal.ToString(), Does.Match(@"^\r3 rows, [\d.,]+ articles/s, 50 %, 0:00:00 left +$"));
    }

    [Test]
    public async Task Info_PrintsWhatTheFileSaysOfItself()
    {
        File.WriteAllBytes(Model, ByteModel.ToBytes(ByteModel.Manifest with { Precision = "fp32", Metrics = new Dictionary<string, double> { ["accuracy"] = 0.75 } }));

        Assert.That(await Run(InfoCommand.Create(), "info", "--model", Model), Is.Zero);

        string[] lines = Out.ToString().Split('\n', StringSplitOptions.TrimEntries);
        Assert.That(lines, Does.Contain("Labels                  fake, real").And.Contain("Tokens                  the first 16").And.Contain("Precision               fp32"));
        Assert.That(lines, Does.Contain("Metrics                 accuracy 0.75").And.Contain("Self-test               none"));
        Assert.That(lines[^5], Does.StartWith("Device                  cpu. This program's ONNX Runtime has no CUDA"));
        Assert.That(lines[^4], Is.EqualTo($"Int8 products           {Processor.Products}"));
        Assert.That(lines[^3], Does.Match(@"^ONNX Runtime            1\.\d+\.\d+, with .*CPUExecutionProvider"));
        Assert.That(lines[^2], Does.StartWith("CUDA                    Microsoft.ML.OnnxRuntime.Gpu wants CUDA 13"));
    }

    [Test]
    public async Task Info_PrintsOneJsonObject()
    {
        Assert.That(await Run(InfoCommand.Create(), "info", "--model", Model, "--json"), Is.Zero);

        using var info = JsonDocument.Parse(Out.ToString());
        Assert.That(info.RootElement.GetProperty("labels").GetRawText(), Is.EqualTo("[\"fake\",\"real\"]"));
        Assert.That(info.RootElement.GetProperty("device").GetString(), Is.EqualTo("cpu"));
        Assert.That(info.RootElement.GetProperty("int8_products").GetString(), Is.EqualTo(Processor.Products));
    }

    [Test]
    public async Task Score_OnCudaWithoutItExits1()
    {
        File.WriteAllText(Input, "title,content\n,a\n");

        Assert.That(await Score(Input, "--out", Output, "--device", "cuda", "--strict"), Is.EqualTo(1));

        Assert.That(Error.ToString(), Does.StartWith($"error: {Model}: expected to run on CUDA.").And.Contain("Microsoft.ML.OnnxRuntime.Gpu"));
        Assert.That(File.Exists(Output), Is.False);
    }

    [Test]
    public async Task Score_InWindowsReadsTheWholeArticle()
    {
        File.WriteAllText(Input, "title,content\n,11111111111111PPPPPPPP\n");

        Assert.That(await Score(Input, "--out", Output, "--long", "window", "--stride", "8"), Is.Zero, Error.ToString());

        Assert.That(File.ReadAllLines(Output)[1], Does.EndWith(",24,false,"));
    }

    [Test]
    public async Task SelfTest_OfAFileWithoutOneExits1()
    {
        Assert.That(await Run(SelfTestCommand.Create(), "selftest", "--model", Model), Is.EqualTo(1));

        Assert.That(Error.ToString(), Is.EqualTo($"error: {Model}: the file carries no self-test, so nothing shows that it computes what was trained.{Environment.NewLine}"));
    }

    [TestCase(0f, 0, "true")]
    [TestCase(1f, 1, "false")]
    public async Task SelfTest_SaysWhetherTheLogitsAreThoseOfTraining(float error, int exitCode, string passed)
    {
        float logit = ByteModel.LogitOf("a\n\nb") + error;
        SelfTestCase test = new() { Title = "a", Content = "b", InputIds = [97, 10, 10, 98], Logits = [-logit, logit] };
        File.WriteAllBytes(Model, ByteModel.ToBytes(ByteModel.Manifest with { SelfTest = new() { Tolerance = 2e-5, Cases = [test] } }));

        Assert.That(await Run(SelfTestCommand.Create(), "selftest", "--model", Model, "--json"), Is.EqualTo(exitCode));

        Assert.That(Out.ToString(), Does.StartWith($$"""{"model":{{JsonSerializer.Serialize(Model)}},"cases":1,""").And.Contain($"\"passed\":{passed}"));
    }
}
