namespace FakeNewsOnnx.Checkpoint;

/// <summary>The places of a safetensors file's tensors. The format leaves no byte between, before or after them, and none to two of them.</summary>
internal static class SafetensorsLayout
{
    /// <summary>Checks that tensors fill a file's data one after the other.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="declared">The tensors in any order.</param>
    /// <param name="dataStart">Offset of the data in the file, in bytes.</param>
    /// <param name="dataLength">Length of the data, in bytes.</param>
    /// <exception cref="InvalidDataException">Tensors overlap or leave a gap, or bytes follow the last one.</exception>
    public static void Check(string path, IEnumerable<TensorInfo> declared, long dataStart, long dataLength)
    {
        TensorInfo[] tensors = [.. declared];
        Array.Sort(tensors, (x, y) => (x.Offset, x.Bytes).CompareTo((y.Offset, y.Bytes)));
        long next = dataStart;
        TensorInfo? previous = null;
        foreach (TensorInfo tensor in tensors)
        {
            if (tensor.Offset != next)
            {
                string relation = tensor.Offset < next ? "overlaps" : "leaves a gap after";
                throw new InvalidDataException($"{path}: tensor '{tensor.Name}' {relation} {Previous()}: it starts at data offset {tensor.Offset - dataStart}, expected {next - dataStart}.");
            }

            next += tensor.Bytes;
            previous = tensor;
        }

        if (next - dataStart != dataLength)
        {
            throw new InvalidDataException($"{path}: bytes follow {Previous()}: the tensors take {next - dataStart} bytes of data, the file has {dataLength}.");
        }

        string Previous() => previous is null ? "the header" : $"'{previous.Name}'";
    }
}
