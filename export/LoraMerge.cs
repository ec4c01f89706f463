using System.Numerics.Tensors;

namespace FakeNewsOnnx.Export;

/// <summary>Adds a LoRA update to the weight that it adapts. Nothing else in the project merges.</summary>
/// <remarks>LoRA: https://arxiv.org/abs/2106.09685, section 4.1; DoRA: https://arxiv.org/abs/2402.09353, section 4.1.</remarks>
internal static class LoraMerge
{
    /// <summary>
    /// W += (B·A)ᵀ · scaling, in place. Sums in double precision and rounds once per element, so the result does not
    /// depend on the order of the rank. With a magnitude, each output's weights are then brought to that length.
    /// </summary>
    /// <param name="weight">W [in, out], a Conv1D weight.</param>
    /// <param name="a">A [r, in].</param>
    /// <param name="b">B [out, r].</param>
    /// <param name="rank">r.</param>
    /// <param name="scaling">What B·A is multiplied by.</param>
    /// <param name="magnitude">DoRA's lengths [out]; null for LoRA.</param>
    public static void Add(float[] weight, float[] a, float[] b, int rank, double scaling, float[]? magnitude = null)
    {
        int inputs = a.Length / rank;
        int outputs = b.Length / rank;
        if (a.Length != rank * inputs || b.Length != rank * outputs || weight.Length != (long)inputs * outputs)
        {
            throw new ArgumentException($"A of {a.Length} and B of {b.Length} elements with rank {rank} don't fit a weight of {weight.Length}.", nameof(weight));
        }

        double[] scaledB = ScaledTranspose(b, rank, scaling); // [r, out]
        var sum = new double[outputs];
        for (int i = 0; i < inputs; i++)
        {
            Span<float> row = weight.AsSpan(i * outputs, outputs);
            TensorPrimitives.ConvertChecked<float, double>(row, sum);
            for (int r = 0; r < rank; r++)
            {
                TensorPrimitives.MultiplyAdd(scaledB.AsSpan(r * outputs, outputs), a[(r * inputs) + i], sum, sum);
            }

            TensorPrimitives.ConvertTruncating<double, float>(sum, row);
        }

        if (magnitude is not null)
        {
            Decompose(weight, magnitude);
        }
    }

    /// <summary>bias += scaling · B's bias, in place.</summary>
    public static void AddBias(float[] bias, float[] biasOfB, double scaling)
    {
        for (int o = 0; o < bias.Length; o++)
        {
            bias[o] = (float)(bias[o] + (scaling * biasOfB[o]));
        }
    }

    private static void Decompose(float[] weight, float[] magnitude)
    {
        int outputs = magnitude.Length;
        var squares = new double[outputs];
        for (int i = 0; i < weight.Length; i++)
        {
            squares[i % outputs] += (double)weight[i] * weight[i];
        }

        double[] factors = [.. squares.Select((square, o) => magnitude[o] / Math.Sqrt(square))];
        for (int i = 0; i < weight.Length; i++)
        {
            weight[i] = (float)(weight[i] * factors[i % outputs]);
        }
    }

    private static double[] ScaledTranspose(float[] b, int rank, double scaling)
    {
        int outputs = b.Length / rank;
        var transposed = new double[b.Length];
        for (int o = 0; o < outputs; o++)
        {
            for (int r = 0; r < rank; r++)
            {
                transposed[(r * outputs) + o] = b[(o * rank) + r] * scaling;
            }
        }

        return transposed;
    }
}
