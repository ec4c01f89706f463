using FakeNewsOnnx.Checkpoint;

namespace FakeNewsOnnx.Export;

/// <summary>The parts of a block without large weights; each form of the graph writes them with its own operators.</summary>
internal abstract class ModelForm
{
    public static ModelForm Create(GraphBuilder graph, Gpt2Config config, OnnxExportOptions options) => options.Graph == GraphForm.Fused
        ? new FusedForm(graph, config, options.Precision == Precision.Fp16 ? OnnxType.Float16 : OnnxType.Float)
        : new PortableForm(graph, config);

    /// <summary>What is added to the scores of a key that a query must not see; twice this is added for two reasons at once.</summary>
    public abstract float Masked { get; }

    /// <summary>Type of what is added to the scores.</summary>
    public abstract OnnxType BiasType { get; }

    /// <summary>x + y, in single precision; the next to read it is <see cref="LayerNorm"/>.</summary>
    public abstract Value Residual(string path, Value x, Value y);

    /// <summary>LayerNorm over the last dimension, in single precision.</summary>
    public abstract Value LayerNorm(string path, Value x, Value weight, Value bias);

    /// <summary>The tanh form of GELU.</summary>
    public abstract Value Gelu(string path, Value x);

    /// <summary>
    /// softmax(q · kᵀ / √D + bias) · v for each head: q [B, Tq, C], k and v [B, T, C], the queries' bias [B, 1, Tq, T] → [B, Tq, C].
    /// </summary>
    public abstract Value Attention(string path, Value query, Value key, Value value, Queries queries);
}
