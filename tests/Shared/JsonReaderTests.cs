using System.Diagnostics;
using System.Text;
using CsCheck;
using FakeNewsOnnx.Articles;

namespace FakeNewsOnnx.Tests.Shared;

/// <summary>JSON as people have it: lines, one array, and mistakes.</summary>
internal sealed class JsonReaderTests
{
    private const string Object = """{"title":"a","content":"b","classification":"fake"}""";

    [TestCase("\n")]
    [TestCase("\r\n")]
    [TestCase("\r")]
    public void Lines_AreCountedWhateverEndsThem(string lineEnd)
    {
        var rows = Read($"{Object}{lineEnd}{Object}{lineEnd}{lineEnd}{Object}");

        Assert.That(rows.Select(row => row.Line), Is.EqualTo(new[] { 1, 2, 4 }));
        Assert.That(rows.Select(row => row.Error), Is.All.Null);
    }

    [TestCase(Object + Object, "expected one JSON object; found more after it at byte 51 of the record.")]
    [TestCase("""{"content":NaN}""", "expected a JSON object; found NaN at byte 11 of the record, which is no number in JSON. Write null instead.")]
    [TestCase("""{"a":1,"content":-Infinity}""", "expected a JSON object; found -Infinity at byte 17 of the record, which is no number in JSON. Write null instead.")]
    [TestCase("""{"x":[Infinity],"content":"b"}""", "expected a JSON object; found Infinity at byte 6 of the record, which is no number in JSON. Write null instead.")]
    [TestCase("""{"content":"b","content":"c"}""", "expected the member 'content' once; found it twice.")]
    [TestCase("""{"content":"b","cont\u0065nt":"c"}""", "expected the member 'content' once; found it twice.")]
    [TestCase("\uFEFF" + Object, "expected a JSON object; found a byte order mark inside the file. Were files joined?")]
    public void Lines_ThatAreNoArticle_AreErrors(string line, string error)
    {
        var rows = Read($"{Object}\n{line}\n{Object}\n");

        Assert.That(rows.Select(row => row.Error), Is.EqualTo(new[] { null, error, null }));
    }

    [Test]
    public void Lines_AreBoundedInDepth()
    {
        var rows = Read($"{Object}\n{{\"x\":{new string('[', 1 << 20)}\n{Object}");

        Assert.That(rows.Select(row => row.Error is null), Is.EqualTo(new[] { true, false, true }));
    }

    [Test]
    public void Labels_ThatAreNoText_StandAsTheirJson() => Assert.That(
        Read("""{"classification":true}|{"classification":[1, "a"]}|{"classification":null}|{"classification":1.0}""".Replace('|', '\n')).Select(row => row.Label),
        Is.EqualTo(new[] { "true", "[1, \"a\"]", null, "1.0" }));

    [TestCase("[" + Object + ",{}," + Object + "]")]
    [TestCase("\uFEFF [\r\n  " + Object + ",\r\n  {\r\n  },\n" + Object + "\n]\n\n")]
    [TestCase("[{\n\"title\" : \"a\",\n\t\"content\":\r\"b\",\"classification\":\"fake\"},{ }\n,\n" + Object + "]")]
    public void Array_IsReadWhateverItsLines(string text)
    {
        var rows = Read(text);

        Assert.That(rows.Select(row => row.Article), Is.EqualTo(new[] { new Article("a", "b"), new(null, null), new("a", "b") }));
        Assert.That(rows.Select(row => (row.Line, row.Label)), Is.EqualTo(new[] { (1L, "fake"), (2L, null), (3L, "fake") }));
        Assert.That(rows.Select(row => Encoding.UTF8.GetString(row.Bytes.Span)), Has.All.Not.Contain("\n").And.All.Not.Contain("\r"));
    }

    [TestCase("[]", 0)]
    [TestCase(" [ ] ", 0)]
    public void Array_OfNothing_HasNoRows(string text, int rows) => Assert.That(Read(text), Has.Length.EqualTo(rows));

    [TestCase("[{\"content\":NaN}]", "in.json(1): expected a JSON object; found NaN at byte 11 of the record, which is no number in JSON. Write null instead.")]
    [TestCase("[{},{\n\n\"content\":\n NaN}]", "in.json(2): expected a JSON object; found NaN at byte 15 of the record, which is no number in JSON. Write null instead.")]
    [TestCase("[{}]\n{}", "in.json(2): expected the end of the file after the array; found the byte 0x7B.")]
    [TestCase("[{} {}]", "in.json(1): expected a comma or the end of the array; found the byte 0x7B.")]
    [TestCase("[{},", "in.json(2): expected the rest of an object; found the end of the file: was it cut off?")]
    [TestCase("[{},]", "in.json(2): expected a JSON object; found a mistake at byte 0 of the record.")]
    public void Array_ThatIsBroken_IsAnErrorWithItsRow(string text, string message) =>
        Assert.That(Assert.Throws<InvalidDataException>(() => Read(text))!.Message, Is.EqualTo(message));

    [Test]
    public void Array_WithOtherValues_KeepsTheirPlaces() =>
        Assert.That(Read("[{},1,\"x\",[{}],{}]").Select(row => row.Error), Is.EqualTo(new[] { null, "expected a JSON object; found Number.", "expected a JSON object; found String.", "expected a JSON object; found StartArray.", null }));

    [Test]
    public void Array_CutAnywhere_IsAnError()
    {
        const string text = "[\n {\"title\":\"a\",\n\"content\":\"b \\u00e9 é\"} , {\"content\":[1,2]},{}\n]";
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        for (int cut = 1; cut < utf8.Length; cut++)
        {
            Assert.That(() => Read(utf8[..cut]), Throws.TypeOf<InvalidDataException>(), $"cut at {cut}");
        }

        Assert.That(Read(utf8), Has.Length.EqualTo(3));
    }

    /// <summary>Cut anywhere, JSON Lines have the rows that are in them; one that is cut has an error.</summary>
    [Test]
    public void Lines_CutAnywhere_HaveTheirRows()
    {
        const string text = Object + "\n{\"content\":\"x\\\"y\"}\r\n\n{}\n";
        for (int cut = 0; cut <= text.Length; cut++)
        {
            string part = text[..cut];
            var rows = Read(part);
            Assert.That(rows, Has.Length.EqualTo(part.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Length), $"cut at {cut}");
            Assert.That(rows.Count(row => row.Error is not null), Is.EqualTo(part.Length > 0 && part[^1] is not ('}' or '\r' or '\n') ? 1 : 0), $"cut at {cut}");
        }
    }

    [Test]
    public void Lines_OfAPrettyObject_AreRefusedAtOnce() => Assert.That(
        Assert.Throws<InvalidDataException>(() => Read("{\n  \"content\": \"a\"\n}\n"))!.Message,
        Is.EqualTo("in.json(1): expected one JSON object a line, or one array; found an object over several lines."));

    /// <summary>An array has the rows that its objects have as lines.</summary>
    [Test]
    public void Array_HasTheRowsOfItsLines() =>
        Gen.Select(Gen.OneOf("{}", "{ }", Object, "{\"content\":\"b]},{\\\"\"}", "{\"x\":[[{}],\"]\"],\"title\":null}").Array[0, 30], Gen.OneOf(",", " , ", ",\n  ", ",\r\n")).Check(
            value =>
            {
                var (objects, comma) = value;
                ArticleRow[] lines = Read(string.Join('\n', objects)), array = Read($"[{string.Join(comma, objects)}]");

                Assert.That(array.Select(row => (row.Article, row.Label, row.Error)), Is.EqualTo(lines.Select(row => (row.Article, row.Label, row.Error))));
                Assert.That(array.Select(row => Encoding.UTF8.GetString(row.Bytes.Span)), Is.EqualTo(objects));
            },
            5_000);

    [Test]
    public void Array_WithAnObjectOverTheLimit_IsAnError()
    {
        using var reader = new JsonArrayReader(new MemoryStream(Encoding.UTF8.GetBytes($"[{{}},{{\"content\":\"{new string('x', 9_000)}\"}}]")), "in.json", maxFieldBytes: 1_000);

        Assert.That(Assert.Throws<InvalidDataException>(() => _ = reader.ReadRows().Count())!.Message, Is.EqualTo("in.json(2): expected a record of at most 8000 bytes; found a longer one."));
    }

    [Test]
    [Category("Heavy")]
    public void Array_OfOneGigabyte_TakesTheMemoryOfAnObject()
    {
        const int objects = 250_000;
        using var reader = RowFormats.OpenReader(new ArrayStream(objects, 4_000), "in.json", RowFormat.JsonLines, new());
        long before = GC.GetTotalMemory(forceFullCollection: true), most = 0, rows = 0;
        var clock = Stopwatch.StartNew();
        foreach (ArticleRow row in reader.ReadRows())
        {
            Assert.That(row.Error, Is.Null);
            most = ++rows % 10_000 == 0 ? Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before) : most;
        }

        TestContext.Out.WriteLine($"{rows} rows, {reader.GetType().Name}, at most {most} bytes held, {clock.Elapsed.TotalSeconds:F1} s");
        Assert.That(rows, Is.EqualTo(objects));
        Assert.That(most, Is.LessThan(1 << 20));
    }

    private static ArticleRow[] Read(string text) => Read(Encoding.UTF8.GetBytes(text));

    private static ArticleRow[] Read(byte[] text)
    {
        using var reader = RowFormats.OpenReader(new MemoryStream(text), "in.json", RowFormat.JsonLines, new());
        return [.. reader.ReadRows()];
    }

    /// <summary>An array on one line of a number of equal objects.</summary>
    private sealed class ArrayStream(int objects, int bytesOfContent) : MemoryStream
    {
        private readonly byte[] _object = Encoding.UTF8.GetBytes($",{{\"title\":\"t\",\"content\":\"{new string('x', bytesOfContent)}\"}}");
        private int _written;
        private ReadOnlyMemory<byte> _left;

        public override int Read(Span<byte> buffer)
        {
            if (_left.IsEmpty && _written <= objects)
            {
                _left = _written == objects ? "]"u8.ToArray() : _written == 0 ? (byte[])[(byte)'[', .. _object[1..]] : _object;
                _written++;
            }

            int read = Math.Min(buffer.Length, _left.Length);
            _left.Span[..read].CopyTo(buffer);
            _left = _left[read..];
            return read;
        }
    }
}
