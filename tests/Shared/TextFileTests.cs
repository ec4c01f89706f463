using System.IO.Compression;
using System.Text;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Files;
using ZstdSharp;

namespace FakeNewsOnnx.Tests.Shared;

/// <summary>Compression and encodings, as a file's first bytes say.</summary>
internal sealed class TextFileTests
{
    private static readonly byte[] Text = [.. Encoding.UTF8.GetBytes("title,content\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"t{i * 7919},body {i * 104_729}\n")))];

    [Test]
    public void Gzip_CutAnywhere_IsAnError()
    {
        byte[] gzip = Gzip(Text);
        for (int cut = 1; cut < gzip.Length; cut++)
        {
            var error = Assert.Throws<InvalidDataException>(() => Read(gzip[..cut], "in.csv.gz"), $"cut at {cut}");
            Assert.That(error!.Message, Does.StartWith("in.csv.gz: "));
        }

        Assert.That(Assert.Throws<InvalidDataException>(() => Read(gzip[..100], "in.csv.gz"))!.Message, Is.EqualTo("in.csv.gz: the gzip data are cut off: expected more bytes at the end of the file. Get the file again."));
        Assert.That(Read(gzip, "in.csv.gz"), Is.EqualTo(Text));
    }

    [Test]
    public void Gzip_OfTwoMembers_CutAnywhereButBetweenThem_IsAnError()
    {
        byte[] first = Gzip(Text[..300]), second = Gzip(Text[300..]), gzip = [.. first, .. second];
        for (int cut = first.Length + 1; cut < gzip.Length; cut++)
        {
            Assert.That(() => Read(gzip[..cut], "in.csv.gz"), Throws.TypeOf<InvalidDataException>(), $"cut at {cut}");
        }

        Assert.That(Read(gzip, "in.csv.gz"), Is.EqualTo(Text));
        Assert.That(Read(first, "in.csv.gz"), Is.EqualTo(Text[..300]));
    }

    /// <summary>The readers' buffers end at many places of members of many sizes.</summary>
    [Test]
    public void Gzip_WithOtherBytesAfterIt_IsAnError_ButZerosAreNone()
    {
        var random = new Random(3);
        for (int size = 0; size < 9_000; size += 1 + (size / 50))
        {
            byte[] noise = new byte[size];
            random.NextBytes(noise);
            byte[] gzip = Gzip(noise), damagedHeader = [0x1E, .. gzip[1..]], zeros = new byte[8_192];
            Assert.That(Read([.. gzip, .. new byte[1 + (size % 20_000)]], "in.csv.gz"), Is.EqualTo(noise), $"{size} bytes, zeros");
            foreach (byte[] more in (byte[][])[[1], [0x1F], [0, 1], damagedHeader, [.. zeros, 7]])
            {
                Assert.That(() => Read([.. gzip, .. more], "in.csv.gz"), Throws.TypeOf<InvalidDataException>(), $"{size} bytes, then {more.Length}");
            }
        }

        Assert.That(Assert.Throws<InvalidDataException>(() => Read([.. Gzip(Text), .. "x"u8], "in.csv.gz"))!.Message, Is.EqualTo(
            "in.csv.gz: expected the end of the file, or more gzip data, after the gzip data; found other bytes. A damaged file loses rows there: get it again."));
    }

    [Test]
    public void Gzip_WithAWrongChecksum_SaysSo()
    {
        byte[] gzip = Gzip(Text);
        gzip[^6] ^= 1;

        Assert.That(Assert.Throws<InvalidDataException>(() => Read(gzip, "in.csv.gz"))!.Message, Is.EqualTo(
            "in.csv.gz: the gzip data are damaged: a checksum (CRC) or a block of data is wrong. Get the file again."));
    }

    [Test]
    public void Zstandard_IsUnpacked_AndCutAnywhereIsAnError()
    {
        byte[] packed = Zstandard(Text), two = [.. Zstandard(Text[..300]), .. Zstandard(Text[300..])];

        Assert.That(Read(packed, "in.csv.zst"), Is.EqualTo(Text));
        Assert.That(Read(two, "in.csv.zst"), Is.EqualTo(Text));
        Assert.That(() => Read([.. packed, .. "xyzxyz"u8], "in.csv.zst"), Throws.TypeOf<InvalidDataException>());
        for (int cut = 1; cut < packed.Length; cut++)
        {
            Assert.That(() => Read(packed[..cut], "in.csv.zst"), Throws.TypeOf<InvalidDataException>(), $"cut at {cut}");
        }
    }

    [TestCase("in.csv.gz", false, "in.csv.gz: read as text that is not compressed, as its first bytes say.")]
    [TestCase("in.csv", true, "in.csv: read as gzip, as its first bytes say.")]
    [TestCase("in.csv.gz", true, null)]
    [TestCase("in.csv", false, null)]
    public void Compression_IsKnownByContent_AndAWrongNameIsSaid(string name, bool isGzip, string? note)
    {
        var notes = new List<string>();

        Assert.That(Read(isGzip ? Gzip(Text) : Text, name, null, notes.Add), Is.EqualTo(Text));

        Assert.That(notes, Is.EqualTo(note is null ? [] : new[] { note }));
    }

    [TestCase("in.csv.gz", new byte[0], "in.csv.gz: expected compressed data; found a file of 0 bytes.")]
    [TestCase("in.csv.zst", new byte[] { 0x28 }, "in.csv.zst: expected compressed data; found a file of 1 bytes.")]
    [TestCase("in.csv", new byte[] { 0x50, 0x4B, 3, 4 }, "in.csv: expected text; found a ZIP archive. Unpack it and give the file inside; save a workbook (.xlsx) as CSV.")]
    public void Files_ThatHoldNoText_AreRefused(string name, byte[] bytes, string message) =>
        Assert.That(Assert.Throws<InvalidDataException>(() => Read(bytes, name))!.Message, Is.EqualTo(message));

    [TestCase("utf-16", "utf-16le")]
    [TestCase("utf-16BE", "utf-16be")]
    [TestCase("utf-32", "utf-32le")]
    public void AByteOrderMark_ChoosesTheEncoding_AndTheOutputIsUtf8(string name, string shown)
    {
        var notes = new List<string>();
        Encoding encoding = Encoding.GetEncoding(name);
        string text = "title,content\n☃,é 😀\n" + new string('ü', 40_000);

        byte[] utf8 = Read([.. encoding.Preamble, .. encoding.GetBytes(text)], "in.csv", null, notes.Add);

        Assert.That(Encoding.UTF8.GetString(utf8), Is.EqualTo(text));
        Assert.That(notes, Is.EqualTo(new[] { $"in.csv: read as {shown}; all output is UTF-8." }));
    }

    [TestCase("windows-1252", new byte[] { 0x93, 0xE9, 0x94, 0x80 }, "“é”€")]
    [TestCase("cp1252", new byte[] { 0x92 }, "’")]
    [TestCase("latin1", new byte[] { 0xE9 }, "é")]
    [TestCase("utf-16le", new byte[] { 0x61, 0, 0x3D, 0xD8, 0, 0xDE }, "a😀")]
    [TestCase("shift_jis", new byte[] { 0x82, 0xA0 }, "あ")]
    public void ANamedEncoding_IsRead(string name, byte[] bytes, string text) =>
        Assert.That(Encoding.UTF8.GetString(Read(bytes, "in.csv", TextEncoding.Parse(name))), Is.EqualTo(text));

    [Test]
    public void AnEncoding_ThatIsNone_IsBadUsage() => Assert.That(Assert.Throws<UsageException>(() => TextEncoding.Parse("klingon"))!.Message, Is.EqualTo(
        "--encoding must be a name such as utf-8, utf-16le, windows-1252 or latin1; found 'klingon'."));

    [TestCase("utf-16le", new byte[] { 0x0A, 0, 0x61, 0, 0, 0xDC, 0x62, 0 }, "in.csv(2): expected utf-16le; found 0x00DC at byte 4 of the text.")]
    [TestCase("utf-16le", new byte[] { 0x61, 0, 0x62 }, "in.csv(1): expected utf-16le; found 0x62 at byte 2 of the text.")]
    [TestCase("shift_jis", new byte[] { 0x0A, 0x0A, 0x82, 0x20 }, "in.csv(3): expected shift_jis; found 0x8220 at byte 2 of the text.")]
    public void Bytes_ThatAreNoTextInTheEncoding_AreAnErrorWithLineAndByte(string name, byte[] bytes, string message) =>
        Assert.That(Assert.Throws<InvalidDataException>(() => Read(bytes, "in.csv", TextEncoding.Parse(name)))!.Message, Is.EqualTo(message));

    [Test]
    public void AByteOrderMark_OfAnotherEncodingThanTheNamedOne_IsAnError() => Assert.That(
        Assert.Throws<InvalidDataException>(() => Read([0xEF, 0xBB, 0xBF, 0x61], "in.csv", TextEncoding.Parse("windows-1252")))!.Message,
        Is.EqualTo("in.csv(1): --encoding says windows-1252; found the byte order mark of utf-8."));

    [TestCase("utf-16", "utf-16le", 1)]
    [TestCase("utf-16BE", "utf-16be", 0)]
    public void Utf16WithoutAByteOrderMark_IsRefusedWithItsName(string encoding, string name, int first) => Assert.That(
        Assert.Throws<InvalidDataException>(() => Read(Encoding.GetEncoding(encoding).GetBytes("title,content\na,b\n"), "in.csv"))!.Message,
        Is.EqualTo($"in.csv(1): expected UTF-8; found a NUL in every second byte, from byte {first} on. --encoding {name} reads it."));

    [Test]
    public void Utf8_KeepsItsBytes_WithAByteOrderMarkAndNuls()
    {
        byte[] text = [0xEF, 0xBB, 0xBF, .. "title,content\na\0\0\0b,c\n"u8];

        Assert.That(Read(text, "in.csv", TextEncoding.Parse("utf-8")), Is.EqualTo(text));
    }

    private static byte[] Read(byte[] file, string name, TextEncoding? encoding = null, Action<string>? note = null)
    {
        using Stream utf8 = TextFile.Read(new MemoryStream(file), name, encoding, note);
        using var bytes = new MemoryStream();
        utf8.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
        {
            gzip.Write(bytes);
        }

        // .NET writes nothing for nothing.
        return packed.ToArray() is { Length: > 0 } whole ? whole : [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    }

    private static byte[] Zstandard(byte[] bytes)
    {
        using var compressor = new Compressor();
        compressor.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
        return compressor.Wrap(bytes).ToArray();
    }
}
