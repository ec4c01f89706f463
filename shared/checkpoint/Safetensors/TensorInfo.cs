namespace FakeNewsOnnx.Checkpoint;

/// <summary>One entry of a safetensors header.</summary>
/// <param name="Name">The tensor's key in its file.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Row-major dimensions; empty for a scalar.</param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
/// <param name="Count">Number of elements.</param>
public sealed record TensorInfo(string Name, TensorType Type, IReadOnlyList<long> Shape, long Offset, long Count)
{
    /// <summary>Size in bytes.</summary>
    public long Bytes => Count * Type.Size();

    /// <summary>The shape as messages print it: <c>[768, 2304]</c>.</summary>
    public string ShapeText => FormatShape(Shape);

    internal static string FormatShape(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
