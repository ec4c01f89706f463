using System.Numerics.Tensors;
using FakeNewsOnnx.Checkpoint;

namespace FakeNewsOnnx.Export;

/// <summary>
/// Makes activations easier to quantise: a channel in which a LayerNorm's output gets large is divided by s in the norm,
/// and the row of the weight that reads it is multiplied by s. Each s is a power of 2, so in single precision every
/// product, and with it every logit, stays the same to the bit.
/// </summary>
/// <remarks>SmoothQuant: https://arxiv.org/abs/2211.10438, equation 4 with α = 0.5.</remarks>
internal sealed class ScaleMigration
{
    private readonly Func<string, float[]> _read;
    private readonly ActivationRangesFile _ranges;
    private readonly Dictionary<string, (string Norm, string Reader)> _norms = new(StringComparer.Ordinal);
    private readonly Dictionary<string, float[]> _scales = new(StringComparer.Ordinal);

    /// <param name="read">Gives a weight by its name in <see cref="Gpt2Weights"/>.</param>
    /// <param name="ranges">What the LayerNorms gave when they were recorded.</param>
    /// <param name="config">The model's shape.</param>
    public ScaleMigration(Func<string, float[]> read, ActivationRangesFile ranges, Gpt2Config config)
    {
        _read = read;
        _ranges = ranges;
        foreach (var pair in ActivationRangesFile.Norms(config))
        {
            _norms.Add($"{pair.Norm}.weight", pair);
            _norms.Add($"{pair.Norm}.bias", pair);
            _norms.Add($"{pair.Reader}.weight", pair);
        }
    }

    /// <summary>A weight with its share of the scales, by its name in <see cref="Gpt2Weights"/>.</summary>
    public float[] Read(string name)
    {
        float[] weight = _read(name);
        if (_norms.TryGetValue(name, out var pair))
        {
            float[] scales = Scales(pair.Norm, pair.Reader);
            int columns = weight.Length / scales.Length;
            for (int channel = 0; channel < scales.Length; channel++)
            {
                float factor = columns == 1 ? 1 / scales[channel] : scales[channel];
                Span<float> row = weight.AsSpan(channel * columns, columns);
                TensorPrimitives.Multiply(row, factor, row);
            }
        }

        return weight;
    }

    private float[] Scales(string norm, string reader)
    {
        if (!_scales.TryGetValue(norm, out float[]? scales))
        {
            float[] weight = _read($"{reader}.weight");
            IReadOnlyList<float> activations = _ranges.Of(norm);
            int columns = weight.Length / activations.Count;
            scales = [.. activations.Select((largest, channel) => Scale(largest, TensorPrimitives.MaxMagnitude<float>(weight.AsSpan(channel * columns, columns))))];
            _scales.Add(norm, scales);
        }

        return scales;
    }

    /// <summary>The power of 2 nearest to √(activation / weight).</summary>
    private static float Scale(float activation, float weight) => activation == 0 || weight == 0
        ? 1
        : MathF.ScaleB(1, (int)Math.Clamp(Math.Round(Math.Log2(Math.Abs(activation / weight)) / 2), -16, 16));
}
