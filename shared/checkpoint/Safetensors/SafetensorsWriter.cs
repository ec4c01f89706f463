using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Checkpoint;

/// <summary>A single-precision tensor to be written; its values are asked for when its turn comes.</summary>
/// <param name="Name">The tensor's key.</param>
/// <param name="Shape">Row-major dimensions.</param>
/// <param name="Read">Gives as many values as the shape has elements.</param>
public sealed record FloatTensor(string Name, IReadOnlyList<long> Shape, Func<ReadOnlyMemory<float>> Read);

/// <summary>Writes safetensors as Hugging Face does: tensors by name, F32, metadata <c>{"format":"pt"}</c>, data aligned to 8.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes the file whole or not at all.</summary>
    public static void Write(string path, IEnumerable<FloatTensor> tensors)
    {
        FloatTensor[] ordered = [.. tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal)];
        AtomicFile.Write(path, stream =>
        {
            stream.Write(Header(ordered));
            foreach (FloatTensor tensor in ordered)
            {
                ReadOnlyMemory<float> values = tensor.Read();
                if (values.Length != Count(tensor))
                {
                    throw new InvalidOperationException($"tensor '{tensor.Name}' {TensorInfo.FormatShape(tensor.Shape)} got {values.Length} values.");
                }

                stream.Write(MemoryMarshal.AsBytes(values.Span));
            }
        });
    }

    private static long Count(FloatTensor tensor) => tensor.Shape.Aggregate(1L, (product, dimension) => product * dimension);

    private static byte[] Header(FloatTensor[] tensors)
    {
        using var json = new MemoryStream();
        json.Write(stackalloc byte[8]);
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("__metadata__");
            writer.WriteString("format", "pt");
            writer.WriteEndObject();
            long offset = 0;
            foreach (FloatTensor tensor in tensors)
            {
                writer.WriteStartObject(tensor.Name);
                writer.WriteString("dtype", nameof(TensorType.F32));
                WriteNumbers(writer, "shape", tensor.Shape);
                long end = offset + (Count(tensor) * sizeof(float));
                WriteNumbers(writer, "data_offsets", [offset, end]);
                writer.WriteEndObject();
                offset = end;
            }

            writer.WriteEndObject();
        }

        while (json.Length % 8 != 0)
        {
            json.WriteByte((byte)' ');
        }

        byte[] header = json.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - 8);
        return header;
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string name, IReadOnlyList<long> numbers)
    {
        writer.WriteStartArray(name);
        foreach (long number in numbers)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }
}
