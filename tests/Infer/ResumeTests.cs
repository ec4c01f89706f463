using System.IO.Compression;
using System.Text;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Infer;

namespace FakeNewsOnnx.Tests.Infer;

/// <summary>Runs that end early, and runs over parts of the input.</summary>
internal sealed class ResumeTests : InferFixture
{
    private static readonly string[] Formats = ["csv", "jsonl", "csv.gz"];

    /// <summary>Whatever a killed run leaves, down to the byte, the next one makes the same file of it.</summary>
    [TestCaseSource(nameof(Formats))]
    public async Task Resume_AfterAnyByteGivesTheSameFile(string format)
    {
        string input = WriteInput(format, rows: 60), output = In($"out.{format}");
        Assert.That(await Score(input, "--out", output), Is.EqualTo(3), Error.ToString());
        byte[] whole = File.ReadAllBytes(output), unpacked = Unpack(output);
        var random = new Random(1);
        int[] cuts = [0, 1, unpacked.Length - 1, unpacked.Length, .. Enumerable.Range(0, 60).Select(_ => random.Next(unpacked.Length))];

        foreach (int cut in cuts)
        {
            File.Delete(output);
            Interrupt(output, unpacked[..cut]);

            Assert.That(await Score(input, "--out", output, "--resume", "--json"), Is.EqualTo(3), Error.ToString());

            Assert.That(File.ReadAllBytes(output), Is.EqualTo(whole), $"cut at {cut}");
        }

        Assert.That(Directory.GetFiles(Folder), Has.Length.EqualTo(3), "nothing else is left");
    }

    [Test]
    public async Task Resume_ScoresOnlyWhatIsMissingAndCountsAll()
    {
        string input = WriteInput("csv", rows: 60);
        Assert.That(await Score(input, "--out", Output, "--json"), Is.EqualTo(3));
        string all = Out.ToString();
        byte[] whole = File.ReadAllBytes(Output);
        File.Delete(Output);
        Interrupt(Output, whole[..(whole.Length / 2)]);
        int finished = Encoding.UTF8.GetString(whole[..(whole.Length / 2)]).Split("\nrow ").Length - 2;
        Out.GetStringBuilder().Clear();

        Assert.That(await Score(input, "--out", Output, "--resume", "--json"), Is.EqualTo(3));

        Assert.That(Out.ToString(), Does.Contain($"\"resumed\":{finished},"));
        Assert.That(Out.ToString().Split("\"labels\":")[1], Is.EqualTo(all.Split("\"labels\":")[1]));
    }

    /// <summary>The input comes through a pipe that stays open, so that no run can come to its end before it is killed.</summary>
    [Test]
    public async Task Resume_OfAKilledProcessGivesTheSameFile()
    {
        string input = WriteInput("csv", rows: 40_000);
        Assert.That(await Score(input, "--out", In("whole.csv")), Is.EqualTo(3));
        byte[] bytes = File.ReadAllBytes(input);
        var random = new Random(2);
        for (int kill = 1; kill <= 3; kill++)
        {
            int sent = (bytes.Length * kill / 4) + random.Next(bytes.Length / 8);
            using var process = Start("score", "-", "--model", Model, "--out", Output, "--resume");
            process.StandardInput.BaseStream.Write(bytes, 0, sent);
            process.StandardInput.BaseStream.Flush();
            long until = (sent / 2) + random.Next(sent / 8);
            while (!process.HasExited && (!File.Exists(Output + ".partial") || new FileInfo(Output + ".partial").Length < until))
            {
                Thread.Yield();
            }

            Assert.That(process.HasExited, Is.False);
            process.Kill();
            process.WaitForExit();
        }

        Assert.That(await Score(input, "--out", Output, "--resume"), Is.EqualTo(3), Error.ToString());

        Assert.That(File.ReadAllBytes(Output), Is.EqualTo(File.ReadAllBytes(In("whole.csv"))));
    }

    [Test]
    public async Task Resume_OfAFinishedRunChangesNothing()
    {
        string input = WriteInput("csv", rows: 20);
        Assert.That(await Score(input, "--out", Output), Is.EqualTo(3));
        byte[] whole = File.ReadAllBytes(Output);
        Out.GetStringBuilder().Clear();

        Assert.That(await Score(input, "--out", Output, "--resume", "--json"), Is.EqualTo(3), Error.ToString());

        Assert.That(Out.ToString(), Does.StartWith("{\"rows\":20,\"errors\":4,\"resumed\":20,"));
        Assert.That(File.ReadAllBytes(Output), Is.EqualTo(whole));
    }

    [Test]
    public async Task Resume_OfAnotherInputsFileIsRefused()
    {
        string input = WriteInput("csv", rows: 20);
        Assert.That(await Score(input, "--out", Output), Is.EqualTo(3));
        byte[] whole = File.ReadAllBytes(Output);
        File.WriteAllText(input, File.ReadAllText(input).Replace("row 7", "row X", StringComparison.Ordinal));
        Error.GetStringBuilder().Clear();

        Assert.That(await Score(input, "--out", Output, "--resume"), Is.EqualTo(1));

        Assert.That(Error.ToString(), Does.StartWith($"error: {Output}: expected the row of line ").And.Contain("found other bytes. --force starts again."));
        Assert.That(File.ReadAllBytes(Output), Is.EqualTo(whole));
    }

    [Test]
    public async Task Resume_WithAnotherModelIsRefusedAndLeavesThePartialFile()
    {
        string input = WriteInput("csv", rows: 20);
        Interrupt(Output, "title"u8.ToArray());
        File.WriteAllBytes(Model, ByteModel.ToBytes(ByteModel.Manifest with { Temperature = 11 }));

        Assert.That(await Score(input, "--out", Output, "--resume"), Is.EqualTo(1));

        Assert.That(Error.ToString(), Does.StartWith($"error: {Output}: expected a run with RunSettings {{ ModelSha256 = {RunSettings.HashModel(Model)},"));
        Assert.That(File.ReadAllText(Output + ".partial"), Is.EqualTo("title"));
    }

    [Test]
    public async Task Score_OverAnInterruptedRunNeedsResumeOrForce()
    {
        string input = WriteInput("csv", rows: 20);
        Interrupt(Output, "title"u8.ToArray());

        Assert.That(await Score(input, "--out", Output), Is.EqualTo(1));
        Assert.That(Error.ToString(), Is.EqualTo($"error: {Output}: an earlier run was interrupted; --resume continues it, --force starts again.{Environment.NewLine}"));

        Assert.That(await Score(input, "--out", Output, "--force"), Is.EqualTo(3), Error.ToString());
        Assert.That(File.Exists(Output + ".partial"), Is.False);
    }

    [TestCase("csv", 1)]
    [TestCase("csv", 3)]
    [TestCase("csv", 100)]
    [TestCase("jsonl", 4)]
    [TestCase("csv.gz", 5)]
    public async Task Merge_OfAllPartsIsTheUnshardedRun(string format, int parts)
    {
        string input = WriteInput(format, rows: 60), whole = In($"whole.{format}"), output = In($"out.{format}");
        Assert.That(await Score(input, "--out", whole), Is.EqualTo(3));
        string[] paths = [.. Enumerable.Range(1, parts).Select(part => In($"part-{part}.{format}"))];
        foreach (var (i, path) in paths.Index())
        {
            Assert.That(await Score(input, "--out", path, "--shard", $"{i + 1}/{parts}", "--max-errors", "100%"), Is.Zero, Error.ToString());
        }

        Assert.That(await Merge([.. paths.Reverse(), "--out", output]), Is.EqualTo(3), Error.ToString());

        Assert.That(File.ReadAllBytes(output), Is.EqualTo(File.ReadAllBytes(whole)));
    }

    [Test]
    public async Task Shard_OfSeveralFilesCutsThemAsOne()
    {
        string first = WriteInput("csv", rows: 30), second = In("second.csv");
        File.Copy(first, second);
        Assert.That(await Score(first, second, "--out", In("whole.csv")), Is.EqualTo(3));
        Assert.That(await Score(first, second, "--out", In("part-1.csv"), "--shard", "1/2"), Is.EqualTo(3));
        Assert.That(await Score(first, second, "--out", In("part-2.csv"), "--shard", "2/2"), Is.EqualTo(3));

        Assert.That(await Merge(In("part-1.csv"), In("part-2.csv"), "--out", Output), Is.EqualTo(3), Error.ToString());

        Assert.That(File.ReadAllBytes(Output), Is.EqualTo(File.ReadAllBytes(In("whole.csv"))));
        Assert.That(File.ReadLines(In("part-1.csv")).Count(), Is.EqualTo(File.ReadLines(In("part-2.csv")).Count()).Within(3));
    }

    [Test]
    public async Task Shard_CanBeResumed()
    {
        string input = WriteInput("csv", rows: 60), part = In("part.csv");
        Assert.That(await Score(input, "--out", part, "--shard", "2/3"), Is.EqualTo(3));
        byte[] whole = File.ReadAllBytes(part);
        var record = RunRecord.Read(part);
        File.Delete(part);
        File.WriteAllBytes(part + ".partial", whole[..^50]);
        (record with { Part = record.Part! with { StartBytes = null, OutputSha256 = null } }).Write(part);

        Assert.That(await Score(input, "--out", part, "--shard", "2/3", "--resume"), Is.EqualTo(3), Error.ToString());

        Assert.That(File.ReadAllBytes(part), Is.EqualTo(whole));
        Assert.That(RunRecord.Read(part), Is.EqualTo(record));
    }

    [Test]
    public async Task Merge_OfPartsThatDoNotBelongTogetherIsRefused()
    {
        string input = WriteInput("csv", rows: 60);
        string one = In("1.csv"), two = In("2.csv"), other = In("other.csv"), plain = In("plain.csv");
        Assert.That(await Score(input, "--out", one, "--shard", "1/2"), Is.EqualTo(3));
        Assert.That(await Score(input, "--out", two, "--shard", "2/2"), Is.EqualTo(3));
        Assert.That(await Score(input, "--out", plain), Is.EqualTo(3));

        await Refused("expected the parts 1 to 2; found none for 2.", one);
        await Refused($"{one}: expected each part once; {one} is part 1 as well.", one, one, two);
        await Refused($"{plain}: expected '{plain}.run.json' beside it, which says what it was made from; found none.", one, plain);

        File.AppendAllText(input, "more,PPPPPP\n");
        Assert.That(await Score(input, "--out", other, "--shard", "2/2"), Is.EqualTo(3));
        await Refused($"{other}: expected one of 2 parts of the input with SHA-256 ", one, other);

        File.WriteAllBytes(Model, ByteModel.ToBytes(ByteModel.Manifest with { Temperature = 11 }));
        Assert.That(await Score(input, "--out", other, "--shard", "2/2", "--force"), Is.EqualTo(3));
        await Refused($"{other}: expected the model and options of {one}, ", one, other);

        File.AppendAllText(two, " ");
        await Refused($"{two}: the part was changed: expected SHA-256 ", one, two);

        async Task Refused(string message, params string[] parts)
        {
            Error.GetStringBuilder().Clear();
            Assert.That(await Merge([.. parts, "--out", Output]), Is.EqualTo(1));
            Assert.That(Error.ToString(), Does.StartWith($"error: {message}"));
            Assert.That(File.Exists(Output), Is.False);
        }
    }

    private static Task<int> Merge(params string[] args) => Run(MergeCommand.Create(), ["merge", .. args]);

    private static byte[] Unpack(string path)
    {
        using var stream = TextFile.OpenUnpacked(path);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Leaves what a run leaves that was killed after so many bytes.</summary>
    private void Interrupt(string output, byte[] partial)
    {
        var format = output.EndsWith(".jsonl", StringComparison.Ordinal) ? RowFormat.JsonLines : RowFormat.Csv;
        new RunRecord { Settings = new(RunSettings.HashModel(Model), "Cpu", format, "title", "content", 16 << 20, "truncate", null) }.Write(output);
        File.WriteAllBytes(output + ".partial", partial);
    }

    /// <summary>Rows with all that makes it hard to tell where one ends: quotes, commas, line breaks, errors, no line end at the end.</summary>
    private string WriteInput(string format, int rows)
    {
        string path = In($"in.{format}");
        var text = new StringBuilder(format == "jsonl" ? "" : "title,content\r\n");
        foreach (int i in Enumerable.Range(0, rows))
        {
            string content = (i % 7) switch
            {
                0 => $"\"line one\nline {i}\r\n\"\"quoted\"\", end\"",
                1 when i % 3 == 0 => "",
                2 => new string('z', i % 40),
                3 when i == 3 => "x",
                3 => "\"\n\"",
                4 when i % 10 == 4 => "too,many",
                _ => $"{i}{i * 31}",
            };
            text.Append(format == "jsonl"
                ? i % 7 == 4 ? $"row {i} is no object" : $"{{\"title\":\"row {i}\",\"content\":{System.Text.Json.JsonSerializer.Serialize(content)}}}"
                : $"row {i},{content}");
            text.Append(i == rows - 1 ? "" : (i % 5) switch { 0 => "\r\n", 1 => "\n\n", _ => "\n" });
        }

        using var file = File.Create(path);
        using Stream stream = format.EndsWith("gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Compress) : file;
        stream.Write(Encoding.UTF8.GetBytes(text.ToString()));
        return path;
    }
}
