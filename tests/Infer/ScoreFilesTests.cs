using System.IO.Compression;
using System.Text;

namespace FakeNewsOnnx.Tests.Infer;

/// <summary>Which files <c>infer score</c> reads and writes.</summary>
internal sealed class ScoreFilesTests : InferFixture
{
    private const string Added = "predicted_label,score,p_fake,p_real,tokens,truncated,error";
    private const string SixLetters = "real,0.97068775,0.02931223,0.97068775,8,false,";

    [Test]
    public async Task Score_OfJsonLinesAddsMembersToTheObjectsBytes()
    {
        File.WriteAllText(In("in.jsonl"),
            "{\"id\": 1, \"content\": \"PPPPPP\", \"title\": null }\r\n" +
            "{\"title\":\"a\",\"content\":null}\n\n" +
            "{}\n" +
            "not json\n" +
            "{\"content\":1}\n" +
            "{\"content\":\"PPPPPP\",\"score\":1}\n" +
            "{\"nested\":{\"content\":[\"y\"]},\"content\":\"PPPPPP\"}");

        Assert.That(await Score(In("in.jsonl"), "--out", In("out.jsonl")), Is.EqualTo(3), Error.ToString());

        const string nothing = "\"predicted_label\":null,\"score\":null,\"p_fake\":null,\"p_real\":null,\"tokens\":null,\"truncated\":false,\"error\":";
        const string sixLetters = "\"predicted_label\":\"real\",\"score\":0.97068775,\"p_fake\":0.02931223,\"p_real\":0.97068775,\"tokens\":8,\"truncated\":false,\"error\":null";
        Assert.That(File.ReadAllText(In("out.jsonl")), Is.EqualTo(
            "{\"id\": 1, \"content\": \"PPPPPP\", \"title\": null ," + sixLetters + "}\r\n" +
            "{\"title\":\"a\",\"content\":null," + nothing + "\"expected an article; found no content.\"}\n\n" +
            "{" + nothing + "\"expected an article; found no content.\"}\n" +
            "{\"record\":\"not json\"," + nothing + "\"expected a JSON object; found a mistake at byte 1 of the record.\"}\n" +
            "{\"record\":\"{\\u0022content\\u0022:1}\"," + nothing + "\"expected a string or null in \\u0027content\\u0027; found Number.\"}\n" +
            "{\"content\":\"PPPPPP\",\"score\":1," + sixLetters.Replace("\"score\"", "\"fakenews_score\"", StringComparison.Ordinal) + "}\n" +
            "{\"nested\":{\"content\":[\"y\"]},\"content\":\"PPPPPP\"," + sixLetters + "}"));
    }

    [TestCase("{\"content\":\"\xD800\\ud800\"}", "expected Unicode text in \\u0027content\\u0027; found half a surrogate pair.")]
    [TestCase("[1]", "expected a JSON object; found StartArray.")]
    [TestCase("{\"content\":\"a\"} {", "expected one JSON object; found more after it at byte 16 of the record.")]
    [TestCase("{\"content\":\"a\0b\"}", "expected a JSON object; found a mistake at byte 13 of the record.")]
    public async Task Score_OfALineThatIsNoArticleKeepsItsPlace(string line, string error)
    {
        File.WriteAllText(In("in.ndjson"), $"{line}\n{{\"content\":\"PPPPPP\"}}\n");

        Assert.That(await Score(In("in.ndjson"), "--out", In("out.ndjson")), Is.EqualTo(3), Error.ToString());

        Assert.That(File.ReadAllLines(In("out.ndjson"))[0], Does.StartWith("{\"record\":").And.EndWith($"\"error\":\"{error}\"}}"));
        Assert.That(File.ReadAllLines(In("out.ndjson"))[1], Does.StartWith("{\"content\":\"PPPPPP\",\"predicted_label\":\"real\""));
    }

    [Test]
    public async Task Score_ReadsAndWritesGzipByExtension()
    {
        const string text = "title,content\n,PPPPPP\n";
        WriteGzip(In("in.csv.gz"), text);

        Assert.That(await Score(In("in.csv.gz"), "--out", In("out.csv.gz")), Is.Zero, Error.ToString());

        using var gzip = new GZipStream(File.OpenRead(In("out.csv.gz")), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip);
        Assert.That(reader.ReadToEnd(), Is.EqualTo($"title,content,{Added}\n,PPPPPP,{SixLetters}\n"));
        Assert.That(Directory.GetFiles(Folder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "in.csv.gz", "model.onnx", "out.csv.gz" }));
    }

    [Test]
    public async Task Score_OfSeveralFilesWritesOne()
    {
        File.WriteAllText(In("a.csv"), "title,content\n,PPPPPP");
        WriteGzip(In("b.csv.gz"), "title,content\r\n,PPPPPP\r\n");
        File.WriteAllText(In("c.csv"), "\uFEFF\"title\",content\n,PPPPPP");

        Assert.That(await Score(In("a.csv"), In("b.csv.gz"), In("c.csv"), "--out", Output), Is.Zero, Error.ToString());

        Assert.That(File.ReadAllText(Output), Is.EqualTo($"title,content,{Added}\n,PPPPPP,{SixLetters}\n,PPPPPP,{SixLetters}\r\n,PPPPPP,{SixLetters}"));
    }

    [Test]
    public async Task Score_OfFilesWithDifferentHeadersIsRefused()
    {
        File.WriteAllText(In("a.csv"), "title,content\n,a\n");
        File.WriteAllText(In("b.csv"), "content,title\n,b\n");

        Assert.That(await Score(In("a.csv"), In("b.csv"), "--out", Output), Is.EqualTo(1));

        Assert.That(Error.ToString(), Is.EqualTo($"error: {In("b.csv")}: expected the header of {In("a.csv")}, as the rows of all files go to one; found 'content', 'title'.{Environment.NewLine}"));
        Assert.That(File.Exists(Output), Is.False);
    }

    [Test]
    public void Score_ReadsStandardInputAndWritesStandardOutput()
    {
        using var process = Start("score", "-", "--model", Model, "--out", "-", "--json");
        process.StandardInput.Write("title,content\n,PPPPPP\n");
        process.StandardInput.Close();

        Assert.That(process.StandardOutput.ReadToEnd(), Is.EqualTo($"title,content,{Added}\n,PPPPPP,{SixLetters}\n"));
        Assert.That(process.StandardError.ReadToEnd(), Does.StartWith("{\"rows\":1,"));
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero);
    }

    [Test]
    [Platform("Linux")]
    public void Score_IntoAClosedPipeExits1()
    {
        File.WriteAllText(Input, "title,content\n" + string.Concat(Enumerable.Repeat(",PPPPPP\n", 50_000)));
        using var process = Start("score", Input, "--model", Model, "--out", "-");

        _ = process.StandardOutput.Read();
        process.StandardOutput.Close();

        Assert.That(process.StandardError.ReadToEnd(), Is.EqualTo($"error: Broken pipe{Environment.NewLine}"));
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.EqualTo(1));
    }

    [Test]
    [Platform("Linux")]
    public async Task Score_OntoAFullDiskExits1()
    {
        File.WriteAllText(Input, "title,content\n,PPPPPP\n");

        Assert.That(await Score(Input, "--out", "/dev/full"), Is.EqualTo(1));

        Assert.That(Error.ToString(), Does.StartWith("error: No space left on device"));
    }

    [Test]
    [Platform("Linux")]
    public async Task Score_ToADeviceWritesToItAndLeavesItADevice()
    {
        File.WriteAllText(Input, "title,content\n,PPPPPP\n");

        Assert.That(await Score(Input, "--out", "/dev/null"), Is.Zero, Error.ToString());

        Assert.That(File.ReadAllBytes("/dev/null"), Is.Empty);
        Assert.That(File.Exists("/dev/null.partial"), Is.False);
    }

    [Test]
    public async Task Score_IntoAMissingFolderExits1()
    {
        File.WriteAllText(Input, "title,content\n,PPPPPP\n");
        string folder = In("missing");

        Assert.That(await Score(Input, "--out", Path.Combine(folder, "out.csv")), Is.EqualTo(1));

        Assert.That(Error.ToString(), Is.EqualTo($"error: {Path.Combine(folder, "out.csv")}: the folder '{folder}' does not exist.{Environment.NewLine}"));
    }

    [TestCase("title,text\n", "expected a column 'content'; found 'title', 'text'.")]
    [TestCase("", "expected a header and records; found an empty file.")]
    public async Task Score_OfAFileWithoutItsColumnsExits1(string csv, string message)
    {
        File.WriteAllText(Input, csv);

        Assert.That(await Score(Input, "--out", Output), Is.EqualTo(1));

        Assert.That(Error.ToString(), Is.EqualTo($"error: {Input}: {message}{Environment.NewLine}"));
    }

    [Test]
    public async Task Score_KeepsARowOfBadUtf8AndReadsNulBytesAsText()
    {
        File.WriteAllBytes(Input, [.. "title,content\n,a"u8, 0xFF, .. "\n,P\0P\n"u8]);

        Assert.That(await Score(Input, "--out", Output), Is.EqualTo(3), Error.ToString());

        byte[] scored = File.ReadAllBytes(Output);
        Assert.That(Encoding.Latin1.GetString(scored).Split('\n')[1], Is.EqualTo(",a\xFF,,,,,,,expected UTF-8; found the byte 0xFF at byte 2 of the record. It may be windows-1252: --encoding windows-1252 reads that."));
        Assert.That(Encoding.Latin1.GetString(scored).Split('\n')[2], Is.EqualTo(",P\0P,fake,0.85814893,0.85814893,0.14185107,5,false,"));
    }

    [Test]
    public async Task Score_StopsWithTheLineOfAMalformedRow()
    {
        File.WriteAllText(Input, "title,content\n,a\n\"b\"c,d\n");

        Assert.That(await Score(Input, "--out", Output, "--on-error", "stop"), Is.EqualTo(1));

        Assert.That(Error.ToString(), Is.EqualTo($"error: {Input}(3): expected a comma or a line end after a closing quote; found text in column 1.{Environment.NewLine}"));
    }

    [Test]
    [Category("Heavy")]
    public async Task Score_OfAnArticleOf100MegabytesIsARowError()
    {
        File.WriteAllText(Input, $"title,content\na,{new string('b', 100_000_000)}\n,PPPPPP\n");

        Assert.That(await Score(Input, "--out", Output), Is.EqualTo(3), Error.ToString());

        string[] lines = File.ReadAllLines(Output);
        Assert.That(lines[1][^100..], Does.EndWith(",,,,,,,expected fields of at most 16777216 bytes; found 100000000 in column 2."));
        Assert.That(lines[2], Is.EqualTo($",PPPPPP,{SixLetters}"));
    }

    [TestCase("--out", "-", "--resume")]
    [TestCase("--out", "-", "--shard", "1/2")]
    [TestCase("--out", "out.csv", "--shard", "0/2")]
    [TestCase("--out", "out.csv", "--shard", "3/2")]
    [TestCase("--out", "out.csv", "--resume", "--force")]
    [TestCase("--out", "out.jsonl")]
    [TestCase("--out", "out.csv", "--format", "parquet")]
    [TestCase("--out", "out.csv", "--stride", "8")]
    [TestCase("--out", "out.csv", "--long", "window", "--stride", "17")]
    [TestCase("--out", "out.csv", "--max-length", "8")]
    [TestCase("--out", "out.csv", "--labels", "a,b")]
    [TestCase("--out", "out.csv", "--labels", "a")]
    [TestCase("--out", "out.csv", "--device-id", "-1")]
    public async Task Score_WithOptionsThatCannotBeExits2(params string[] options)
    {
        File.WriteAllText(Input, "title,content\n,a\n");

        Assert.That(await Score([Input, .. options]), Is.EqualTo(2));

        Assert.That(Error.ToString(), Does.StartWith("error: ").And.Not.Contain("   at ").And.Not.Contain("Parameter"));
    }

    private static void WriteGzip(string path, string text)
    {
        using var gzip = new GZipStream(File.Create(path), CompressionMode.Compress);
        gzip.Write(Encoding.UTF8.GetBytes(text));
    }
}
