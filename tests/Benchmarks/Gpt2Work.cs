namespace FakeNewsOnnx.Benchmarks;

/// <summary>
/// The additions and multiplications that a GPT-2 classifier cannot do without: no pads, and of the last block only the keys and values of every token.
/// Attention counts 4·T²·C for each block. Embeddings, LayerNorms, activations, LoRA and the head are left out: together below one in a hundred.
/// </summary>
/// <param name="Layers">Blocks.</param>
/// <param name="Width">C, the hidden size.</param>
internal sealed record Gpt2Work(int Layers, int Width)
{
    /// <summary>GPT-2 with 124 million parameters.</summary>
    public static readonly Gpt2Work Gpt2 = new(12, 768);

    /// <summary>Operations of scoring articles of these lengths.</summary>
    public double Forward(IEnumerable<int> lengths) => lengths.Sum(tokens => Products(tokens) + Attention(tokens));

    /// <summary>Operations of a training step with frozen weights: forward, and back to the activations, but not to the embeddings.</summary>
    public double Step(IEnumerable<int> lengths) => lengths.Sum(tokens => (2 * Products(tokens)) - (6.0 * tokens * Width * Width) + (3 * Attention(tokens)));

    /// <summary>Seconds of the scoring at the machine's rate.</summary>
    /// <param name="lengths">Tokens of each article.</param>
    /// <param name="threads">On how many processors; null for all.</param>
    public double ForwardSeconds(IEnumerable<int> lengths, int? threads = null) => Forward(lengths) / Machine.OperationsPerSecond * Environment.ProcessorCount / (threads ?? Environment.ProcessorCount);

    /// <summary>Seconds of the step at the machine's rate.</summary>
    public double StepSeconds(IEnumerable<int> lengths) => Step(lengths) / Machine.OperationsPerSecond;

    private double Products(int tokens) => (((Layers - 1) * 24.0) + 4) * tokens * Width * Width;

    private double Attention(int tokens) => (Layers - 1) * 4.0 * tokens * tokens * Width;
}
