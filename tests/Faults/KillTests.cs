using System.Diagnostics;
using System.Globalization;
using FakeNewsOnnx.Tests.Infer;

namespace FakeNewsOnnx.Tests.Faults;

/// <summary>
/// Each program, killed a hundred times as power cuts do, at moments spread over all the time in which it writes: nothing half is ever taken for whole,
/// and going on gives the bytes of an unbroken run.
/// </summary>
[Category("Heavy")]
internal sealed class KillTests
{
    /// <summary>Fewer for a quick look: <c>dotnet test … -- "TestRunParameters.Parameter(name=\"kills\", value=\"5\")"</c>.</summary>
    private static readonly int Kills = TestContext.Parameters.Get("kills", 100);

    private readonly Random _random = new(7);
    private TinyInputs _inputs = null!;

    [SetUp]
    public void Prepare() => _inputs = new();

    [TearDown]
    public void CleanUp() => _inputs.Dispose();

    [Test]
    public void Fit_KilledAtRandom_EndsWithTheBytesOfAnUnbrokenRun()
    {
        string whole = _inputs.In("whole");
        TimeSpan duration = Run("train", _inputs.Fit(whole), () => Directory.Exists(whole));
        SortedDictionary<string, string> expected = TinyInputs.BytesOf(whole);

        int kills = 0, finished = 0;
        for (string broken = _inputs.In("broken-0"); kills < Kills;)
        {
            bool resume = Directory.Exists(broken) && Directory.GetDirectories(broken, "checkpoint-*").Length > 0;
            using Victim victim = Victim.Start("train", _inputs.Fit(broken, resume ? ["--resume"] : []));
            string[] before = resume ? Directory.GetFileSystemEntries(broken) : [];
            victim.WaitUntil(() => Directory.Exists(broken) && (!resume || !Directory.GetFileSystemEntries(broken).SequenceEqual(before)));
            var clock = Stopwatch.StartNew();
            if (victim.KillAfter(duration * _random.NextDouble()))
            {
                kills++;
            }
            else if (clock.Elapsed < duration)
            {
                duration = (duration + clock.Elapsed) / 2; // it came to its end: the machine is faster than it was, or less was left to do
            }

            if (File.Exists(Path.Combine(broken, "adapter_model.safetensors")))
            {
                SortedDictionary<string, string> found = TinyInputs.BytesOf(broken);
                Assert.That(found.Keys, Is.EqualTo(expected.Keys));
                Assert.That(found, Is.EqualTo(expected));
                broken = _inputs.In(string.Create(CultureInfo.InvariantCulture, $"broken-{++finished}"));
            }
        }

        Say($"fit: {kills} kills over {duration.TotalMilliseconds:F0} ms; {finished} runs came to their end");
        Assert.That(finished, Is.Positive);
    }

    /// <summary>Older files are there, and each kill leaves them or the new ones: of a model with its weights beside it, both or none.</summary>
    [TestCase("onnx", "model.onnx", "--out", "model.onnx")]
    [TestCase("onnx", "model.onnx,model.onnx.data", "--out", "model.onnx", "--external-data")]
    [TestCase("merged", "merged/config.json,merged/merges.txt,merged/model.safetensors,merged/vocab.json", "--out", "merged")]
    public void Export_KilledAtRandom_LeavesTheOlderFilesOrTheNewOnes(string command, string files, params string[] options)
    {
        string target = _inputs.In("out");
        Directory.CreateDirectory(target);
        string[] names = files.Split(',');
        string[] arguments = [command, "--base", Repository.PathOf("models", "gpt2-mini"), "--adapter", Repository.PathOf("tests", "Fixtures", "sample-tuned", "adapter"), "--out", Path.Combine(target, options[1]), .. options[2..]];
        TimeSpan duration = Run("export", arguments, HasBegun);
        string newer = State();

        int kills = 0, written = 0;
        while (kills < Kills)
        {
            Empty();
            if (command == "onnx")
            {
                Array.ForEach(names, name => File.WriteAllText(Path.Combine(target, name), "older"));
            }

            string older = State();
            using Victim victim = Victim.Start("export", arguments);
            victim.WaitUntil(HasBegun);
            kills += victim.KillAfter(duration * _random.NextDouble()) ? 1 : 0;
            string left = State();
            written += left == newer ? 1 : 0;
            bool isWeightsAlone = options.Contains("--external-data") && !File.Exists(Path.Combine(target, names[0])); // which are never read
            if (!isWeightsAlone)
            {
                Assert.That(left, Is.EqualTo(newer).Or.EqualTo(older));
            }
        }

        Say($"export {command}: {kills} kills over {duration.TotalMilliseconds:F0} ms; {written} times the new files were there");

        string State() => string.Join(' ', names.Select(name => Path.Combine(target, name)).Select(path => File.Exists(path) ? Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path))) : "none"));

        bool HasBegun() => Directory.GetFileSystemEntries(target, "*.tmp", new EnumerationOptions { AttributesToSkip = 0 }).Length > 0;

        void Empty()
        {
            Directory.Delete(target, recursive: true);
            Directory.CreateDirectory(target);
        }
    }

    [Test]
    public void Score_KilledAtRandom_EndsWithTheBytesOfAnUnbrokenRun()
    {
        File.WriteAllBytes(_inputs.In("model.onnx"), ByteModel.ToBytes());
        string[] formats = ["csv", "jsonl", "csv.gz"];
        int kills = 0, finished = 0;
        var whole = new Dictionary<string, (TimeSpan Duration, byte[] Bytes)>();
        foreach (string format in formats)
        {
            WriteRows(format, 60_000);
            string output = _inputs.In($"whole.{format}");
            whole[format] = (Run("infer", Score(format, output), () => File.Exists(output + ".partial")), File.ReadAllBytes(output));
        }

        while (kills < Kills)
        {
            string format = formats[finished % formats.Length], output = _inputs.In($"broken.{format}");
            using Victim victim = Victim.Start("infer", Score(format, output, "--resume"));
            victim.WaitUntil(() => File.Exists(output + ".partial"));
            kills += victim.KillAfter(whole[format].Duration * _random.NextDouble()) ? 1 : 0;
            if (File.Exists(output))
            {
                Assert.That(File.ReadAllBytes(output), Is.EqualTo(whole[format].Bytes));
                File.Delete(output);
                File.Delete(output + ".partial");
                finished++;
            }
        }

        Say($"score: {kills} kills over {whole["csv"].Duration.TotalMilliseconds:F0} ms; {finished} runs came to their end");
        Assert.That(finished, Is.Positive);

        string[] Score(string format, string output, params string[] more) => ["score", _inputs.In($"in.{format}"), "--model", _inputs.In("model.onnx"), "--out", output, .. more];
    }

    /// <summary>An unbroken run.</summary>
    /// <returns>How long it takes once it has begun to write.</returns>
    private static TimeSpan Run(string program, string[] arguments, Func<bool> hasBegun)
    {
        using Victim victim = Victim.Start(program, arguments);
        victim.WaitUntil(hasBegun);
        var clock = Stopwatch.StartNew();
        Assert.That(victim.Wait(), Is.Zero, victim.Error);
        return clock.Elapsed;
    }

    private static void Say(FormattableString text) => TestContext.Out.WriteLine(FormattableString.Invariant(text));

    private void WriteRows(string format, int rows)
    {
        using Stream file = File.Create(_inputs.In($"in.{format}"));
        using Stream stream = format.EndsWith(".gz", StringComparison.Ordinal) ? new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionLevel.Fastest) : file;
        using var text = new StreamWriter(stream);
        text.Write(format == "jsonl" ? "" : "title,content\n");
        for (int row = 0; row < rows; row++)
        {
            text.Write(format == "jsonl" ? $"{{\"title\":\"row {row}\",\"content\":\"{row * 31}\"}}\n" : $"row {row},\"content\nof {row * 31}\"\n");
        }
    }
}
