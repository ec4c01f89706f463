using System.Numerics.Tensors;

namespace FakeNewsOnnx.Export;

/// <summary>
/// A matrix as integers from −127 to 127: w ≈ scale · q, with a scale for each row or each column that gives its largest
/// element ±127. The matrix is read for each of the two parts, and only the scales are kept.
/// </summary>
/// <param name="read">Gives the matrix, row by row.</param>
/// <param name="columns">Length of a row.</param>
/// <param name="scalePerRow">Whether rows have scales; else columns have.</param>
internal sealed class Int8Matrix(Func<float[]> read, int columns, bool scalePerRow)
{
    private const float Largest = 127;

    private float[]? _scales;

    public float[] Scales() => _scales ??= ScalesOf(read());

    public sbyte[] Integers()
    {
        float[] matrix = read();
        float[] scales = _scales ??= ScalesOf(matrix);
        var integers = new sbyte[matrix.Length];
        for (int start = 0, row = 0; start < matrix.Length; start += columns, row++)
        {
            Span<float> values = matrix.AsSpan(start, columns);
            if (scalePerRow)
            {
                TensorPrimitives.Divide(values, scales[row], values);
            }
            else
            {
                TensorPrimitives.Divide<float>(values, scales, values);
            }

            TensorPrimitives.Round<float>(values, values); // half to even
            TensorPrimitives.ConvertSaturating<float, sbyte>(values, integers.AsSpan(start, columns));
        }

        return integers;
    }

    private float[] ScalesOf(float[] matrix)
    {
        var largest = new float[scalePerRow ? matrix.Length / columns : columns];
        for (int start = 0, row = 0; start < matrix.Length; start += columns, row++)
        {
            ReadOnlySpan<float> values = matrix.AsSpan(start, columns);
            if (scalePerRow)
            {
                largest[row] = TensorPrimitives.MaxMagnitude(values);
            }
            else
            {
                TensorPrimitives.MaxMagnitude(largest, values, largest);
            }
        }

        return [.. largest.Select(element => element == 0 ? 1 : Math.Abs(element) / Largest)];
    }
}
