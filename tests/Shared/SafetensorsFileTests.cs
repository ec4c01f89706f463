using System.Buffers.Binary;
using System.Text;
using CsCheck;
using FakeNewsOnnx.Checkpoint;

namespace FakeNewsOnnx.Tests.Shared;

/// <summary>What a safetensors file may hold, and what a hostile one gets for an answer.</summary>
internal sealed class SafetensorsFileTests
{
    private const string Two = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[4],"data_offsets":[8,12]}}""";

    private readonly TemporaryFolder _folder = new();

    [OneTimeTearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void ReadFloats_IsExactForEveryFloatingType()
    {
        using var file = Open(
            """
            {"__metadata__":{"format":"pt"},
             "single":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
             "half":{"dtype":"F16","shape":[2,1],"data_offsets":[8,12]},
             "brain":{"dtype":"BF16","shape":[2],"data_offsets":[12,16]},
             "scalar":{"dtype":"F32","shape":[],"data_offsets":[16,20]},
             "none":{"dtype":"F32","shape":[0,3],"data_offsets":[20,20]}}
            """,
            [0, 0, 0x80, 0x3F, 0xCD, 0xCC, 0xCC, 0x3D, 0x00, 0x3C, 0xFF, 0xFB, 0xC0, 0x3F, 0x01, 0x80, 0, 0, 0, 0xC0]);

        Assert.That(file.ReadFloats("single"), Is.EqualTo(new[] { 1f, 0.1f }));
        Assert.That(file.ReadFloats("half"), Is.EqualTo(new[] { 1f, -65504f }));
        Assert.That(file.ReadFloats("brain"), Is.EqualTo(new[] { 1.5f, -9.18355e-41f }));
        Assert.That(file.ReadFloats("scalar"), Is.EqualTo(new[] { -2f }));
        Assert.That(file.ReadFloats("none"), Is.Empty);
        Assert.That(file.Tensors["half"].Shape, Is.EqualTo(new[] { 2, 1 }));
        Assert.That(file.Metadata, Is.EqualTo(new Dictionary<string, string> { ["format"] = "pt" }));
    }

    [TestCase("F32", 4)]
    [TestCase("F16", 2)]
    [TestCase("BF16", 2)]
    public void ReadFloats_OfAPart_ReadsThoseElementsAndNoOthers(string type, int size)
    {
        byte[] data = [.. Enumerable.Range(0, 4 * size).Select(i => (byte)(i + 1))];
        using var file = Open($"{{{Tensor("first", type, "[2]", 0, 2 * size)},{Tensor("second", type, "[2]", 2 * size, 4 * size)}}}", data);
        var part = new float[1];

        file.ReadFloats("first", 1, part);
        Assert.That(part[0], Is.EqualTo(file.ReadFloats("first")[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadFloats("first", 2, part));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadFloats("first", -1, part));
    }

    [TestCase("I64", 8)]
    [TestCase("I32", 4)]
    [TestCase("U8", 1)]
    [TestCase("BOOL", 1)]
    public void Tensors_OfIntegersAreListedButAreNoWeights(string type, int size)
    {
        using var file = Open($"{{{Tensor("mask", type, "[1,3]", 0, 3 * size)}}}", new byte[3 * size]);

        Assert.That(file.Tensors["mask"].Type.ToString(), Is.EqualTo(type));
        Assert.That(file.Tensors["mask"].Bytes, Is.EqualTo(3 * size));
        var error = Assert.Throws<InvalidDataException>(() => file.ReadFloats("mask"));
        Assert.That(error!.Message, Is.EqualTo($"{file.Path}: tensor 'mask' must be F32, F16 or BF16; found {type}."));
    }

    /// <summary>Old checkpoints of the hub hold masks of every block as tensors.</summary>
    [TestCase("U8")]
    [TestCase("BOOL")]
    public void BaseModel_IgnoresTheMasksOfOldCheckpoints(string type)
    {
        string tiny = Repository.PathOf("tests", "Fixtures", "tiny", "base");
        string directory = Directory.CreateDirectory(_folder.In($"base-{type}")).FullName;
        File.Copy(Path.Combine(tiny, "config.json"), Path.Combine(directory, "config.json"));
        byte[] model = File.ReadAllBytes(Path.Combine(tiny, "model.safetensors"));
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(model);
        string header = Encoding.UTF8.GetString(model, 8, length).TrimEnd();
        int data = model.Length - 8 - length;
        string masked = $"{header[..^1]},{Tensor("h.0.attn.masked_bias", type, "[1,1,2,2]", data, data + 4)}}}";
        File.WriteAllBytes(Path.Combine(directory, "model.safetensors"), FileBytes(masked, [.. model.AsSpan(8 + length), 1, 0, 1, 1]));

        using BaseModel masks = BaseModel.Open(directory), plain = BaseModel.Open(tiny);

        Assert.That(masks.Read("h.0.attn.c_attn.bias"), Is.EqualTo(plain.Read("h.0.attn.c_attn.bias")));
    }

    [TestCase("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}""", 6,
        "tensor 'b' overlaps 'a': it starts at data offset 2, expected 4.")]
    [TestCase("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4,
        "tensor 'b' overlaps 'a': it starts at data offset 0, expected 4.")]
    [TestCase("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[5,9]}}""", 9,
        "tensor 'b' leaves a gap after 'a': it starts at data offset 5, expected 4.")]
    [TestCase("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[1,5]}}""", 5,
        "tensor 'a' leaves a gap after the header: it starts at data offset 1, expected 0.")]
    [TestCase(Two, 11, "the file is truncated: tensor 'b' ends at data offset 12, the file has 11 bytes of data.")]
    [TestCase(Two, 13, "bytes follow 'b': the tensors take 12 bytes of data, the file has 13.")]
    [TestCase("{}", 1, "bytes follow the header: the tensors take 0 bytes of data, the file has 1.")]
    public void Open_LeavesNoByteToTwoTensorsOrToNone(string header, int dataLength, string message) => AssertRefused(header, dataLength, message);

    [TestCase("[4294967296,4294967296]", 0, 8, "shape [4294967296, 4294967296] is too large.")]
    [TestCase("[9223372036854775807]", 0, 8, "shape [9223372036854775807] is too large.")]
    [TestCase("[9223372036854775807,0]", 0, 8, "F32 [9223372036854775807, 0] takes 0 bytes; data_offsets are [0, 8].")]
    [TestCase("[3]", 0, 8, "F32 [3] takes 12 bytes; data_offsets are [0, 8].")]
    [TestCase("[2]", 8, 0, "F32 [2] takes 8 bytes; data_offsets are [8, 0].")]
    public void Open_ComparesShapeAndPlace(string shape, long begin, long end, string message) =>
        AssertRefused($"{{{Tensor("w", "F32", shape, begin, end)}}}", 8, $"tensor 'w': {message}");

    [TestCase("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "'w' is declared twice.")]
    [TestCase("""{"__metadata__":{},"__metadata__":{}}""", "'__metadata__' is declared twice.")]
    [TestCase("""{"__metadata__":{"format":"pt","format":"tf"}}""", "metadata 'format' is declared twice.")]
    [TestCase("""{"__metadata__":{"format":1}}""", "'format' must be a string; found Number.")]
    [TestCase("""{"w":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}""", "tensor 'w': expected dtype, shape and data_offsets, once each; found 'shape'.")]
    [TestCase("""{"w":{"dtype":"F32","strides":[1]}}""", "tensor 'w': expected dtype, shape and data_offsets, once each; found 'strides'.")]
    [TestCase("""{"w":{"dtype":"F32","shape":[2]}}""", "tensor 'w' must have dtype, shape and data_offsets.")]
    [TestCase("""{"w":{"dtype":"F64"}}""", "tensor 'w': dtype must be one of F32, F16, BF16, I64, I32, U8, BOOL; found 'F64'.")]
    [TestCase("""{"w":{"dtype":"F32,F16"}}""", "tensor 'w': dtype must be one of F32, F16, BF16, I64, I32, U8, BOOL; found 'F32,F16'.")]
    [TestCase("""{"w":{"dtype":null}}""", "tensor 'w': dtype must be one of F32, F16, BF16, I64, I32, U8, BOOL; found 'null'.")]
    [TestCase("""{"w":{"shape":[-1]}}""", "tensor 'w': shape must hold whole numbers from 0 to 2^63-1.")]
    [TestCase("""{"w":{"shape":[1.5]}}""", "tensor 'w': shape must hold whole numbers from 0 to 2^63-1.")]
    [TestCase("""{"w":{"shape":[9223372036854775808]}}""", "tensor 'w': shape must hold whole numbers from 0 to 2^63-1.")]
    [TestCase("""{"w":{"shape":2}}""", "tensor 'w': shape must be an array.")]
    [TestCase("""{"w":{"data_offsets":[0,4,8]}}""", "tensor 'w': data_offsets must be two numbers.")]
    [TestCase("""{"w":[]}""", "'w' must be an object; found StartArray.")]
    [TestCase("[]", "the header must be a JSON object.")]
    public void Open_NamesTheTensorThatIsWrong(string header, string message) => AssertRefused(header, 8, message);

    [TestCase("")]
    [TestCase("{")]
    [TestCase("{} {}")]
    [TestCase("""{"\ud800":{}}""")]
    [TestCase("""{"w":{"shape":[[[[[[1]]]]]]}}""")]
    public void Open_RefusesWhatIsNotTheFormatsJson(string header)
    {
        var error = Assert.Throws<InvalidDataException>(() => Open(header, []));

        Assert.That(error!.Message, Does.Match(@"\.safetensors: (the safetensors header is not the JSON|tensor 'w': shape must hold)"));
    }

    [Test]
    public void Open_BoundsNamesAndDimensions()
    {
        AssertRefused($"{{\"{new string('n', 1001)}\":{{}}}}", 0, "names must have at most 1000 bytes; found one of 1001.");
        AssertRefused($"{{{Tensor("w", "F32", $"[{string.Join(',', Enumerable.Repeat(1, 65))}]", 0, 4)}}}", 0, "tensor 'w': shape must hold at most 64 numbers.");
    }

    [TestCase(7, null, "a safetensors file starts with 8 bytes of header length; the file has 7.")]
    [TestCase(16, 9UL, "the header must fit in the file and in 100000000 bytes; its length says 9, the file has 16.")]
    [TestCase(16, 100_000_001UL, "the header must fit in the file and in 100000000 bytes; its length says 100000001, the file has 16.")]
    [TestCase(16, ulong.MaxValue, "the header must fit in the file and in 100000000 bytes; its length says 18446744073709551615, the file has 16.")]
    public void Open_ReadsNoMoreThanTheFileHolds(int fileLength, ulong? headerLength, string message)
    {
        byte[] bytes = new byte[fileLength];
        if (headerLength is { } length)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        }

        string path = Write(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));

        Assert.That(error!.Message, Is.EqualTo($"{path}: {message}"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(64 << 10));
    }

    /// <summary>The headers that ask for the most memory per byte: many tensors, many dimensions, many metadata.</summary>
    [TestCase("[]", 1, 0)]
    [TestCase("[0]", 0, 0)]
    [TestCase("[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]", 0, 0)]
    [TestCase("[]", 0, 160_000)]
    public void Open_AllocatesLittleMoreThanTheHeader(string shape, int bytesEach, int metadata)
    {
        int count = metadata > 0 ? 0 : 160_000;
        IEnumerable<string> tensors = Enumerable.Range(0, count).Select(i => Tensor($"{i:x}", "U8", shape, i * bytesEach, (i + 1) * bytesEach));
        string values = string.Join(',', Enumerable.Range(0, metadata).Select(i => $"\"{i:x}\":\"\""));
        string header = $"{{{string.Join(',', [$"\"__metadata__\":{{{values}}}", .. tensors])}}}";
        string path = Write(FileBytes(header, new byte[count * bytesEach]));

        long before = GC.GetAllocatedBytesForCurrentThread();
        using var file = SafetensorsFile.Open(path);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        TestContext.Out.WriteLine($"{(double)allocated / header.Length:F2} bytes for each byte of the header");
        Assert.That(file.Tensors, Has.Count.EqualTo(count));
        Assert.That(file.Metadata, Has.Count.EqualTo(metadata));
        Assert.That(allocated, Is.LessThan((SafetensorsHeader.MemoryFactor * (long)header.Length) + (64 << 10)));
    }

    [TestCase("F32", new byte[] { 0, 0, 0, 0, 0, 0, 0xC0, 0x7F }, "element 1 is NaN")]
    [TestCase("F32", new byte[] { 0, 0, 0x80, 0xFF, 0, 0, 0, 0 }, "element 0 is -Infinity")]
    [TestCase("F16", new byte[] { 0, 0, 0x00, 0x7E }, "element 1 is NaN")]
    [TestCase("BF16", new byte[] { 0, 0, 0x80, 0x7F }, "element 1 is Infinity")]
    public void ReadFloats_RefusesWhatIsNotANumber(string type, byte[] data, string found)
    {
        using var file = Open($"{{{Tensor("h.0.ln_1.weight", type, "[2]", 0, data.Length)}}}", data);

        var error = Assert.Throws<InvalidDataException>(() => file.ReadFloats("h.0.ln_1.weight"));

        Assert.That(error!.Message, Is.EqualTo($"{file.Path}: tensor 'h.0.ln_1.weight' [2] must hold finite numbers; {found}."));
    }

    [Test]
    public void ReadFloats_OfAMissingTensorNamesIt()
    {
        using var file = Open(Two, new byte[12]);

        var error = Assert.Throws<InvalidDataException>(() => file.ReadFloats("c"));

        Assert.That(error!.Message, Is.EqualTo($"{file.Path}: tensor 'c' is missing."));
    }

    [Test]
    public void Open_OfASpoiledFileNeverFailsOtherwise() =>
        Gen.Select(Gen.Select(Gen.Int[0, Two.Length + 19], Gen.Byte).Array[1, 4], Gen.OneOf(Gen.Const(Two.Length + 20), Gen.Int[0, Two.Length + 20])).Check(
            spoiled =>
            {
                var (changes, length) = spoiled;
                byte[] bytes = FileBytes(Two, new byte[12]);
                foreach (var (place, value) in changes)
                {
                    bytes[place] = value;
                }

                try
                {
                    _ = SafetensorsHeader.Read(new MemoryStream(bytes, 0, length), "spoiled");
                }
                catch (InvalidDataException)
                {
                }
            },
            50_000);

    private void AssertRefused(string header, int dataLength, string message)
    {
        string path = Write(FileBytes(header, new byte[dataLength]));
        var error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));

        Assert.That(error!.Message, Is.EqualTo($"{path}: {message}"));
    }

    private SafetensorsFile Open(string header, byte[] data) => SafetensorsFile.Open(Write(FileBytes(header, data)));

    private string Write(byte[] bytes)
    {
        string path = _folder.In($"{Guid.NewGuid():N}.safetensors");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static string Tensor(string name, string type, string shape, long begin, long end) =>
        $$"""
        "{{name}}":{"dtype":"{{type}}","shape":{{shape}},"data_offsets":[{{begin}},{{end}}]}
        """;

    private static byte[] FileBytes(string header, byte[] data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] bytes = [.. new byte[8], .. json, .. data];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        return bytes;
    }
}
