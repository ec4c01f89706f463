using System.Buffers.Binary;
using System.Text;
using FakeNewsOnnx.Checkpoint;

namespace FakeNewsOnnx.Fuzz;

/// <summary>A safetensors file: every tensor of a header that is accepted lies within the file, and no two share a byte.</summary>
internal sealed class SafetensorsTarget : FuzzTarget
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"fuzz-{Environment.ProcessId}.safetensors");

    public override string Name => "safetensors";

    public override int BytesPerByte => SafetensorsHeader.MemoryFactor;

    public override IEnumerable<byte[]> Seeds =>
    [
        File("{}", 0),
        File("""{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[],"data_offsets":[8,10]}}""", 10),
        File("""{"a":{"dtype":"F16","shape":[1,2],"data_offsets":[4,8]},"b":{"dtype":"BOOL","shape":[4],"data_offsets":[0,4]},"c":{"dtype":"I64","shape":[0],"data_offsets":[8,8]}}   """, 8),
    ];

    public override IEnumerable<string> Words => ["__metadata__", "\"dtype\":", "\"shape\":", "\"data_offsets\":", "F32", "BF16", "I64", "U8", "{}", "[]", "\\ud800", "9223372036854775807", "-1", "1e999"];

    protected override object Parse(byte[] input) => SafetensorsHeader.Read(new MemoryStream(input), "file");

    protected override void Verify(byte[] input, object parsed)
    {
        var tensors = ((SafetensorsHeader)parsed).Tensors;
        var covered = new bool[input.Length];
        foreach (TensorInfo tensor in tensors.Values)
        {
            BrokenPromiseException.Unless(tensor.Offset >= 8 && tensor.Bytes >= 0 && tensor.Offset + tensor.Bytes <= input.Length, $"'{tensor.Name}' lies outside of the file");
            Span<bool> bytes = covered.AsSpan((int)tensor.Offset, (int)tensor.Bytes);
            BrokenPromiseException.Unless(!bytes.Contains(true), $"'{tensor.Name}' shares bytes with another tensor");
            bytes.Fill(true);
        }

        System.IO.File.WriteAllBytes(_path, input);
        try
        {
            VerifyValues();
        }
        finally
        {
            System.IO.File.Delete(_path);
        }
    }

    private void VerifyValues()
    {
        using SafetensorsFile file = SafetensorsFile.Open(_path);
        foreach (TensorInfo tensor in file.Tensors.Values)
        {
            try
            {
                BrokenPromiseException.Unless(file.ReadFloats(tensor.Name).Length == tensor.Count, $"'{tensor.Name}' has another number of elements than it says");
            }
            catch (InvalidDataException)
            {
                // NaN, or a type that is no weight's.
            }
        }
    }

    private static byte[] File(string header, int dataBytes)
    {
        var bytes = new byte[8 + header.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header.Length);
        Encoding.ASCII.GetBytes(header, bytes.AsSpan(8));
        return bytes;
    }
}
