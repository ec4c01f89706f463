using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FakeNewsOnnx.Infer;

namespace FakeNewsOnnx.Tests.Infer;

/// <summary>Files as people have them (tests/Fixtures/articles), scored and compared: their rows, their bytes, what is said.</summary>
internal sealed class WildArticleTests : InferFixture
{
    [Test]
    public async Task ATruncatedGzip_KeepsItsRowsForResume_AndNothingLooksFinished()
    {
        string input = In("in.jsonl.gz");
        byte[] cut = File.ReadAllBytes(Wild("41c-truncated-at-row.jsonl.gz"));
        File.WriteAllBytes(input, cut);

        Assert.That(await Score(input, "--out", In("out.jsonl")), Is.EqualTo(1));

        Assert.That(Error.ToString(), Is.EqualTo(
            $"The rows done so far are in {In("out.jsonl")}.partial; --resume continues.{Environment.NewLine}error: {input}: the gzip data are cut off: expected more bytes at the end of the file. Get the file again.{Environment.NewLine}"));
        Assert.That(File.Exists(In("out.jsonl")), Is.False);
        Assert.That(File.ReadAllText(In("out.jsonl.partial")), Does.Contain("\"predicted_label\":"));
    }

    /// <summary>A gzip file in two members: after the whole file has come, the same output as from the plain one.</summary>
    [Test]
    public async Task AGzipThatWasCut_IsResumedFromTheWholeFile()
    {
        string input = In("in.csv.gz");
        byte[] text = Encoding.UTF8.GetBytes("title,content\n" + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"t{i},body {i * 7919}\n")));
        byte[] gzip = Gzip(text);
        File.WriteAllBytes(input, gzip[..(gzip.Length / 2)]);
        Assert.That(await Score(input, "--out", Output), Is.EqualTo(1));
        long kept = File.ReadLines(Output + ".partial").LongCount();
        File.WriteAllBytes(input, gzip);

        Assert.That(await Score(input, "--out", Output, "--resume", "--json"), Is.Zero, Error.ToString());

        File.WriteAllBytes(In("plain.csv"), text);
        Assert.That(await Score(In("plain.csv"), "--out", In("plain-out.csv")), Is.Zero);
        Assert.That(File.ReadAllBytes(Output), Is.EqualTo(File.ReadAllBytes(In("plain-out.csv"))));
        Assert.That(kept, Is.GreaterThan(1_000));
        Assert.That(Out.ToString(), Does.Not.Contain("\"resumed\":0,"));
    }

    [TestCase("42-not-gzip.csv.gz", 6, "read as text that is not compressed, as its first bytes say.")]
    [TestCase("43-gzip-named-csv.csv", 60, "read as gzip, as its first bytes say.")]
    public async Task AWrongName_IsSaidOnce(string name, int rows, string note)
    {
        Assert.That(await Score(Wild(name), "--out", Output, "--json"), Is.Zero, Error.ToString());

        Assert.That(Error.ToString(), Is.EqualTo($"note: {Wild(name)}: {note}{Environment.NewLine}"));
        Assert.That(Summary(), Is.EqualTo((rows, 0, "{}")));
    }

    [TestCase("45-zipped.csv.zip", ": expected text; found a ZIP archive. Unpack it and give the file inside; save a workbook (.xlsx) as CSV.")]
    [TestCase("06-utf16le-no-bom.csv", "(1): expected UTF-8; found a NUL in every second byte, from byte 1 on. --encoding utf-16le reads it.")]
    [TestCase("85-header-escape.csv", ": expected a column 'title'; found 'id', '\uFFFD[31mheadline\uFFFD[0m', 'body'.")]
    public async Task AFileThatCannotBeRead_IsRefusedWithWhatToDo(string name, string message)
    {
        Assert.That(await Score(Wild(name), "--out", Output), Is.EqualTo(1));

        Assert.That(Error.ToString(), Is.EqualTo($"error: {Wild(name)}{message}{Environment.NewLine}"));
        Assert.That(Directory.GetFiles(Folder), Has.Length.EqualTo(1), "the model alone");
    }

    [Test]
    public async Task AnOpenQuote_EndsTheRun_WithItsLine()
    {
        string input = Wild("31c-open-quote-swallows-the-rest.csv");

        Assert.That(await Score(input, "--out", Output), Is.EqualTo(1));

        Assert.That(Error.ToString(), Does.EndWith($"error: {input}(8): expected a closing quote; found none up to the end of the file. A quote opens in this line and takes in all that follows.{Environment.NewLine}"));
        Assert.That(File.Exists(Output), Is.False);
    }

    [Test]
    public async Task Utf16_BecomesUtf8()
    {
        Assert.That(await Score(Wild("05b-utf16-bom.jsonl"), "--out", In("out.jsonl"), "--json"), Is.Zero, Error.ToString());

        Assert.That(Error.ToString(), Is.EqualTo($"note: {Wild("05b-utf16-bom.jsonl")}: read as utf-16le; all output is UTF-8.{Environment.NewLine}"));
        Assert.That(Summary(), Is.EqualTo((6, 0, "{}")));
        string[] input = File.ReadAllLines(Wild("05b-utf16-bom.jsonl"), Encoding.Unicode), output = File.ReadAllLines(In("out.jsonl"));
        Assert.That(output.Zip(input).All(pair => pair.First.StartsWith(pair.Second.TrimEnd('}'), StringComparison.Ordinal)), Is.True);
    }

    [TestCase("06-utf16le-no-bom.csv", "utf-16le", 6, "The council approved a wooden bridge (0)")]
    [TestCase("09-windows1252.csv", "windows-1252", 12, "’")]
    public async Task ANamedEncoding_IsReadAndBecomesUtf8(string name, string encoding, int rows, string part)
    {
        Assert.That(await Score(Wild(name), "--out", Output, "--json", "--encoding", encoding), Is.Zero, Error.ToString());

        Assert.That(Summary(), Is.EqualTo((rows, 0, "{}")));
        Assert.That(File.ReadAllText(Output, new UTF8Encoding(false, true)), Does.Contain(part));
    }

    [TestCase("09-windows1252.csv", 12, 2, "expected UTF-8; found the byte 0x92 at byte 114 of the record. It may be windows-1252: --encoding windows-1252 reads that.")]
    [TestCase("09c-windows1252.jsonl", 2, 1, "expected UTF-8; found the byte 0x92 at byte 12 of the record. It may be windows-1252: --encoding windows-1252 reads that.")]
    public async Task BytesThatAreNoUtf8_AreRowErrorsThatNameAnEncoding(string name, int rows, int errors, string message)
    {
        string output = In($"out{Path.GetExtension(name)}");

        Assert.That(await Score(Wild(name), "--out", output, "--json"), Is.EqualTo(3), Error.ToString());

        Assert.That(Summary(), Is.EqualTo((rows, errors, $"{{\"unreadable\":{errors}}}")));
        Assert.That(File.ReadAllText(output, Encoding.Latin1), Does.Contain(message));
        Assert.That(await Score(Wild(name), "--out", output, "--force", "--on-error", "stop"), Is.EqualTo(1));
        Assert.That(Error.ToString(), Does.Contain($"{message}{Environment.NewLine}"));
    }

    [TestCase("51b-array.json", 8, true)]
    [TestCase("52-array-pretty.jsonl", 3, true)]
    [TestCase("52b-lines.json", 8, false)]
    [TestCase("10b-cr-only.jsonl", 40, false)]
    public async Task Json_IsReadByContent_AndWrittenAsLines(string name, int rows, bool isArray)
    {
        Assert.That(await Score(Wild(name), "--out", In("out.jsonl"), "--json"), Is.Zero, Error.ToString());

        Assert.That(Summary(), Is.EqualTo((rows, 0, "{}")));
        Assert.That(Error.ToString(), isArray ? Is.EqualTo($"note: {Wild(name)}: read as one JSON array; all output is JSON Lines, one object a line.{Environment.NewLine}") : Is.Empty);
        string[] lines = File.ReadAllLines(In("out.jsonl"));
        Assert.That(lines.Select(line => JsonNode.Parse(line)!["predicted_label"]!.GetValue<string>()), Has.Exactly(rows).Items);
        string[] contents = Articles(name);
        Assert.That(lines.Select(line => JsonNode.Parse(line)!["content"]!.GetValue<string>()), Is.EqualTo(contents));
    }

    [Test]
    public async Task AnArray_InParts_IsTheUnshardedRun()
    {
        string input = Wild("51b-array.json");
        Assert.That(await Score(input, "--out", In("whole.jsonl")), Is.Zero, Error.ToString());
        foreach (int part in (int[])[1, 2, 3])
        {
            Assert.That(await Score(input, "--out", In($"{part}.jsonl"), "--shard", $"{part}/3"), Is.Zero, Error.ToString());
        }

        Assert.That(await Run(MergeCommand.Create(), "merge", In("3.jsonl"), In("1.jsonl"), In("2.jsonl"), "--out", In("out.jsonl")), Is.Zero, Error.ToString());

        Assert.That(File.ReadAllBytes(In("out.jsonl")), Is.EqualTo(File.ReadAllBytes(In("whole.jsonl"))));
        Assert.That(File.ReadAllLines(In("1.jsonl")), Has.Length.InRange(1, 4));
    }

    [Test]
    public async Task NaN_IsARowErrorWithItsPlace()
    {
        Assert.That(await Score(Wild("53-nan-values.jsonl"), "--out", In("out.jsonl"), "--json"), Is.EqualTo(3), Error.ToString());

        Assert.That(Summary(), Is.EqualTo((6, 2, "{\"unreadable\":2}")));
        Assert.That(JsonNode.Parse(File.ReadAllLines(In("out.jsonl"))[1])!["error"]!.GetValue<string>(), Is.EqualTo(
            "expected a JSON object; found NaN at byte 10 of the record, which is no number in JSON. Write null instead."));
    }

    [TestCase("29-quote-in-unquoted.csv", 9, 1, "expected quotes around a field that contains a quote, and no space before them; found other text in column 1.")]
    [TestCase("32-space-before-quote.csv", 5, 5, "expected quotes around a field that contains a quote, and no space before them; found other text in column 2.")]
    public async Task AQuoteOutOfPlace_IsARowErrorWithItsColumn(string name, int rows, int errors, string message)
    {
        Assert.That(await Score(Wild(name), "--out", Output, "--json"), Is.EqualTo(3), Error.ToString());

        Assert.That(Summary(), Is.EqualTo((rows, errors, $"{{\"unreadable\":{errors}}}")));
        Assert.That(File.ReadAllText(Output).Split($"\"{message}\"\n"), Has.Length.EqualTo(errors + 1));
    }

    /// <summary>The input's names stay; ours is prefixed until it is new. The same for a scored file that is scored again.</summary>
    [Test]
    public async Task OurColumns_GiveWayToTheInputs()
    {
        File.WriteAllText(Input, "score,title,content,error,fakenews_error\n1,,PPPPPP,,x\n");

        Assert.That(await Score(Input, "--out", Output), Is.Zero, Error.ToString());
        Assert.That(await Score(Output, "--out", In("again.csv")), Is.Zero, Error.ToString());

        const string header = "score,title,content,error,fakenews_error,predicted_label,fakenews_score,p_fake,p_real,tokens,truncated,fakenews_fakenews_error";
        Assert.That(File.ReadAllText(Output), Is.EqualTo($"{header}\n1,,PPPPPP,,x,real,0.97068775,0.02931223,0.97068775,8,false,\n"));
        Assert.That(File.ReadAllLines(In("again.csv"))[0], Is.EqualTo(
            $"{header},fakenews_predicted_label,fakenews_fakenews_score,fakenews_p_fake,fakenews_p_real,fakenews_tokens,fakenews_truncated,fakenews_fakenews_fakenews_error"));
    }

    [Test]
    public async Task OurMembers_GiveWayToTheObjects_InEachRow()
    {
        Assert.That(await Score(Wild("23b-has-score-member.jsonl"), "--out", In("out.jsonl"), "--json"), Is.Zero, Error.ToString());

        Assert.That(Summary(), Is.EqualTo((6, 0, "{}")));
        foreach (var (i, line) in File.ReadAllLines(In("out.jsonl")).Index())
        {
            JsonObject scored = JsonNode.Parse(line, documentOptions: new() { AllowDuplicateProperties = false })!.AsObject();
            Assert.That(scored["score"]!.GetValue<int>(), Is.EqualTo(i));
            Assert.That(scored["fakenews_score"]!.GetValue<double>(), Is.InRange(0.5, 1));
            Assert.That(scored.ContainsKey("fakenews_error"), Is.False);
        }

        File.Move(In("out.jsonl"), In("whole.jsonl"));
        Assert.That(await Score(Wild("23b-has-score-member.jsonl"), "--out", In("whole.jsonl"), "--resume", "--json"), Is.Zero, Error.ToString());
        Assert.That(Out.ToString(), Does.Contain("\"resumed\":6,"));
    }

    /// <summary>Blank content is an error, a blank title none at all.</summary>
    [Test]
    public async Task BlankText_IsNoText()
    {
        File.WriteAllText(Input, "title,content\n\" \t\",PPPPPP\n,PPPPPP\nt,\" \n \"\nt,\n");

        Assert.That(await Score(Input, "--out", Output, "--json"), Is.EqualTo(3), Error.ToString());

        Assert.That(Summary(), Is.EqualTo((4, 2, "{\"blank_content\":2}")));
        string[] lines = File.ReadAllLines(Output);
        Assert.That(lines[1], Is.EqualTo("\" \t\",PPPPPP,real,0.97068775,0.02931223,0.97068775,8,false,"));
        Assert.That(lines[2], Is.EqualTo(",PPPPPP,real,0.97068775,0.02931223,0.97068775,8,false,"));
    }

    [Test]
    public async Task TheSummary_GivesTheErrorsByReason()
    {
        File.WriteAllText(Input, "title,content\n,PPPPPP\n,\n,a,b\n");

        Assert.That(await Score(Input, "--out", Output), Is.EqualTo(3));

        Assert.That(Out.ToString(), Does.Match("^3 rows in .* errors: 2 \\(1 blank content, 1 unreadable\\), truncated: 0"));
    }

    [Test]
    public async Task Zstandard_IsNotWritten()
    {
        File.WriteAllText(Input, $"title,content\n,PPPPPP\n");

        Assert.That(await Score(Input, "--out", In("out.csv.zst")), Is.EqualTo(2));

        Assert.That(Error.ToString(), Is.EqualTo($"error: --out is compressed by .gz alone; found '{In("out.csv.zst")}'.{Environment.NewLine}"));
    }

    [TestCase("52-array-pretty.jsonl", "3 rows", "")]
    [TestCase("43-gzip-named-csv.csv", "60 rows", "note: ")]
    [TestCase("53-nan-values.jsonl", null, "(2): expected a JSON object; found NaN at byte 10 of the record")]
    [TestCase("31c-open-quote-swallows-the-rest.csv", null, ": expected a column of labels, 'classification', or another that --column label=NAME names; found 'title', 'content'.")]
    [TestCase("09-windows1252.csv", null, "(5): expected UTF-8; found the byte 0x92 at byte 114 of the record. It may be windows-1252")]
    public async Task Compare_ReadsTheSame(string name, string? accuracy, string message)
    {
        int exitCode = await Run(CompareCommand.Create(), "compare", Model, Model, "--data", Wild(name));

        Assert.That(exitCode, Is.EqualTo(accuracy is null ? 1 : 0), Error.ToString());
        Assert.That(Error.ToString(), Does.Contain(message));
        Assert.That(Error.ToString().Split("note: ").Length, Is.LessThanOrEqualTo(2), "said once");
        Assert.That(Out.ToString(), accuracy is null ? Is.Empty : Does.Contain($"accuracy, {accuracy}"));
    }

    [Test]
    public async Task Compare_CountsWhatItLeavesOut()
    {
        File.WriteAllText(Input, "title,content,classification\na,letters,real\na,letters,\na, ,real\n");

        Assert.That(await Run(CompareCommand.Create(), "compare", Model, Model, "--data", Input), Is.Zero, Error.ToString());
        Assert.That(Out.ToString(), Does.Contain($"3 rows read = 1 used + 2 left out (1 empty label, 1 blank content){Environment.NewLine}"));
        Out.GetStringBuilder().Clear();
        Assert.That(await Run(CompareCommand.Create(), "compare", Model, Model, "--data", Input, "--json"), Is.Zero, Error.ToString());
        Assert.That(Out.ToString(), Does.Contain("\"rows_read\":3,\"left_out\":{\"empty_label\":1,\"blank_content\":1}"));
    }

    private static string Wild(string name) => Repository.PathOf("tests", "Fixtures", "articles", name);

    private static string[] Articles(string name)
    {
        string text = File.ReadAllText(Wild(name)).Trim();
        JsonArray array = JsonNode.Parse(text[0] == '[' ? text : $"[{string.Join(',', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries))}]")!.AsArray();
        return [.. array.Select(article => article!["content"]!.GetValue<string>())];
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Optimal))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }

    private (int Rows, int Errors, string ByReason) Summary()
    {
        using JsonDocument summary = JsonDocument.Parse(Out.ToString());
        return (summary.RootElement.GetProperty("rows").GetInt32(), summary.RootElement.GetProperty("errors").GetInt32(), summary.RootElement.GetProperty("errors_by_reason").GetRawText());
    }
}
