using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Train.Lora;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FakeNewsOnnx.Train;

/// <summary>GPT-2 with a classifier head: Transformers' GPT2ForSequenceClassification.</summary>
/// <remarks>
/// Names are the checkpoint's. B: articles, T: tokens, C: width, H: heads, D: head width, N: labels.
/// <c>export/Gpt2Graph.cs</c> is the same model in the same order.
/// </remarks>
internal sealed class Gpt2ForSequenceClassification : Module<Tensor, Tensor?, Tensor>
{
    [ComponentName(Name = "transformer")]
    private readonly Gpt2 _transformer;

    [ComponentName(Name = "score")]
    private readonly Linear _score; // [N, C]

    private readonly int _padTokenId;

    /// <summary>
    /// Frozen but for the head and, where <paramref name="lora"/> asks for them, the low-rank updates. The frozen matrices are kept
    /// as <paramref name="frozen"/>: Float32 or BFloat16.
    /// </summary>
    public Gpt2ForSequenceClassification(Gpt2Config config, LoraConfig? lora, int labels, int padTokenId, ScalarType frozen = ScalarType.Float32)
        : base(nameof(Gpt2ForSequenceClassification))
    {
        _padTokenId = padTokenId;
        _transformer = new(config, lora, frozen);
        _score = Linear(config.Width, labels, hasBias: false);
        init.normal_(_score.weight!, 0, config.InitializerRange);
        RegisterComponents();
    }

    /// <summary>
    /// The logits at each row's rightmost token that is not a pad (position 0 if all are), found from the ids alone.
    /// </summary>
    /// <param name="inputIds">int64 [B, T]</param>
    /// <param name="attentionMask">
    /// int64 [B, T], 0 where no token may look; null when every pad is on the right, where causal attention never looks anyway.
    /// </param>
    public override Tensor forward(Tensor inputIds, Tensor? attentionMask) // [B, T] → [B, N]
    {
        using var scope = NewDisposeScope();
        return Score(_transformer.LastHidden(inputIds, attentionMask, LastToken(inputIds))).MoveToOuterDisposeScope();
    }

    /// <summary>Where the model lies.</summary>
    public Device Device => _score.weight!.device;

    /// <summary>N: how many labels there are.</summary>
    public int Labels => (int)_score.weight!.shape[0];

    /// <summary>What the head reads, at every position: [B, T] → [B, T, C].</summary>
    public Tensor Hidden(Tensor inputIds, Tensor? attentionMask) => _transformer.forward(inputIds, attentionMask);

    /// <summary>The head: [B, C] → [B, N].</summary>
    public Tensor Score(Tensor hidden) => _score.forward(hidden);

    /// <summary>The position that is pooled: [B, T] → [B].</summary>
    public Tensor LastToken(Tensor inputIds)
    {
        using var scope = NewDisposeScope();
        Tensor positions = arange(inputIds.shape[1], dtype: ScalarType.Int64, device: inputIds.device);
        return (positions * inputIds.ne(_padTokenId)).amax([1]).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The forward pass in pieces, for gradient checkpointing: the embeddings, each block, and what follows. Each takes what the one before gave.
    /// </summary>
    public IReadOnlyList<Func<Tensor, Tensor>> Stages(Tensor inputIds) => _transformer.Stages(inputIds, LastToken(inputIds), _score);
}

/// <summary>The transformer: embeddings, blocks, final LayerNorm.</summary>
internal sealed class Gpt2 : Module<Tensor, Tensor?, Tensor>
{
    [ComponentName(Name = "wte")]
    private readonly Embedding _tokens; // [V, C]

    [ComponentName(Name = "wpe")]
    private readonly Embedding _positions; // [positions, C]

    [ComponentName(Name = "h")]
    private readonly ModuleList<Block> _blocks;

    [ComponentName(Name = "ln_f")]
    private readonly LayerNorm _norm;

    private readonly double _dropout;

    public Gpt2(Gpt2Config config, LoraConfig? lora, ScalarType frozen)
        : base(nameof(Gpt2))
    {
        _tokens = Embedding(config.VocabularySize, config.Width, dtype: FrozenProduct.KeptAs(lora, Gpt2Weights.TokenEmbedding, frozen));
        _positions = Embedding(config.Positions, config.Width, dtype: FrozenProduct.KeptAs(lora, Gpt2Weights.PositionEmbedding, frozen));
        _blocks = ModuleList([.. Enumerable.Range(0, config.Layers).Select(layer => new Block(config, lora, layer, frozen))]);
        _norm = LayerNorm(config.Width, config.LayerNormEpsilon);
        _dropout = config.EmbeddingDropout;
        RegisterComponents();
    }

    public override Tensor forward(Tensor inputIds, Tensor? attentionMask) // [B, T] → [B, T, C]
    {
        using var scope = NewDisposeScope();
        Tensor? bias = attentionMask is null ? null : AttentionBias(attentionMask);
        Tensor x = Embed(inputIds);
        foreach (Block block in _blocks)
        {
            x = block.forward(x, bias, null);
        }

        return _norm.forward(x).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The same at one position of each row: in the last block only keys and values need every token.
    /// </summary>
    /// <param name="inputIds">int64 [B, T]</param>
    /// <param name="attentionMask">As in <see cref="forward"/>.</param>
    /// <param name="last">int64 [B]</param>
    public Tensor LastHidden(Tensor inputIds, Tensor? attentionMask, Tensor last) // [B, T] → [B, C]
    {
        using var scope = NewDisposeScope();
        Tensor? bias = attentionMask is null ? null : AttentionBias(attentionMask);
        Tensor x = Embed(inputIds);
        for (int layer = 0; layer < _blocks.Count; layer++)
        {
            x = _blocks[layer].forward(x, bias, layer == _blocks.Count - 1 ? last : null);
        }

        return _norm.forward(x).squeeze(1).MoveToOuterDisposeScope();
    }

    /// <summary><see cref="LastHidden"/> and the head, stage by stage.</summary>
    public IReadOnlyList<Func<Tensor, Tensor>> Stages(Tensor inputIds, Tensor last, Linear score) =>
    [
        _ => Embed(inputIds),
        .. _blocks.Select((block, layer) => (Func<Tensor, Tensor>)(x => block.forward(x, null, layer == _blocks.Count - 1 ? last : null))),
        x => score.forward(_norm.forward(x).squeeze(1)),
    ];

    private Tensor Embed(Tensor inputIds) // [B, T] → [B, T, C], in single precision
    {
        using var scope = NewDisposeScope();
        Tensor positions = arange(inputIds.shape[1], dtype: ScalarType.Int64, device: inputIds.device);
        Tensor x = _tokens.forward(inputIds).to_type(ScalarType.Float32) + _positions.forward(positions);
        return functional.dropout(x, _dropout, training).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// What Transformers' eager attention adds to the scores: the lowest float where a key lies ahead, and once more where
    /// the mask is 0. Together they are −∞, so a row without any visible key attends to what lies behind it.
    /// </summary>
    private static Tensor AttentionBias(Tensor attentionMask) // [B, T] → [B, 1, T, T]
    {
        long length = attentionMask.shape[1];
        Tensor ahead = full(length, length, float.MinValue, device: attentionMask.device).triu(1);
        return ahead + ((1 - attentionMask.to_type(ScalarType.Float32)) * float.MinValue)[.., TensorIndex.None, TensorIndex.None, ..];
    }
}

/// <summary>One block: attention and MLP, each behind a LayerNorm and added to the residual stream.</summary>
internal sealed class Block : Module<Tensor, Tensor?, Tensor?, Tensor>
{
    [ComponentName(Name = "ln_1")]
    private readonly LayerNorm _norm1;

    [ComponentName(Name = "attn")]
    private readonly Attention _attention;

    [ComponentName(Name = "ln_2")]
    private readonly LayerNorm _norm2;

    [ComponentName(Name = "mlp")]
    private readonly Mlp _mlp;

    public Block(Gpt2Config config, LoraConfig? lora, int layer, ScalarType frozen)
        : base(nameof(Block))
    {
        LoraLinear[] linears = [.. Gpt2Weights.LinearModules(config, layer).Select(module => new LoraLinear(module.In, module.Out, lora, module.Name, frozen))];
        _norm1 = LayerNorm(config.Width, config.LayerNormEpsilon);
        _attention = new(config, linears[0], linears[1]);
        _norm2 = LayerNorm(config.Width, config.LayerNormEpsilon);
        _mlp = new(config, linears[2], linears[3]);
        RegisterComponents();
    }

    /// <param name="x">[B, T, C]</param>
    /// <param name="bias">Added to the scores; null for the causal mask alone.</param>
    /// <param name="last">The only position of each row that is wanted: [B]; null for all.</param>
    /// <remarks>The norms run through <c>call</c>, where <see cref="Training.ActivationRanges"/> listens.</remarks>
    public override Tensor forward(Tensor x, Tensor? bias, Tensor? last) // [B, T, C] → [B, T or 1, C]
    {
        using var scope = NewDisposeScope();
        Tensor attention = _attention.forward(_norm1.call(x), bias, last);
        x = (last is null ? x : x.gather(1, last.view(-1, 1, 1).expand(-1, 1, x.shape[2]))) + attention;
        x = x + _mlp.forward(_norm2.call(x));
        return x.MoveToOuterDisposeScope();
    }
}

/// <summary>Causal self-attention.</summary>
internal sealed class Attention : Module<Tensor, Tensor?, Tensor?, Tensor>
{
    [ComponentName(Name = "c_attn")]
    private readonly LoraLinear _queryKeyValue;

    [ComponentName(Name = "c_proj")]
    private readonly LoraLinear _output;

    private readonly Gpt2Config _config;

    public Attention(Gpt2Config config, LoraLinear queryKeyValue, LoraLinear output)
        : base(nameof(Attention))
    {
        _config = config;
        _queryKeyValue = queryKeyValue;
        _output = output;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor? bias, Tensor? last) // [B, T, C] → [B, T or 1, C]
    {
        using var scope = NewDisposeScope();
        long batch = x.shape[0], length = x.shape[1];
        Tensor[] heads = _queryKeyValue.forward(x).to_type(_queryKeyValue.ProductType)
            .view(batch, length, 3, _config.Heads, _config.HeadWidth).permute(2, 0, 3, 1, 4).unbind(0); // 3 × [B, H, T, D]
        Tensor query = heads[0];
        if (last is not null)
        {
            Tensor index = last.view(-1, 1, 1, 1);
            query = query.gather(2, index.expand(-1, _config.Heads, 1, _config.HeadWidth)); // [B, H, 1, D]
            bias = bias?.gather(2, index.expand(-1, 1, 1, length)) ?? arange(length, device: x.device).le(index); // [B, 1, 1, T]
        }

        Tensor y = functional.scaled_dot_product_attention(
            query, heads[1], heads[2], bias, training ? _config.AttentionDropout : 0, is_casual: bias is null); // [B, H, T or 1, D]
        y = _output.forward(y.transpose(1, 2).reshape(batch, -1, _config.Width));
        return functional.dropout(y, _config.ResidualDropout, training).MoveToOuterDisposeScope();
    }
}

/// <summary>The two-layer perceptron with GPT-2's tanh form of GELU.</summary>
internal sealed class Mlp : Module<Tensor, Tensor>
{
    [ComponentName(Name = "c_fc")]
    private readonly LoraLinear _expand;

    [ComponentName(Name = "c_proj")]
    private readonly LoraLinear _contract;

    private readonly double _dropout;

    public Mlp(Gpt2Config config, LoraLinear expand, LoraLinear contract)
        : base(nameof(Mlp))
    {
        _expand = expand;
        _contract = contract;
        _dropout = config.ResidualDropout;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) // [B, T, C] → [B, T, C]
    {
        using var scope = NewDisposeScope();
        Tensor y = _contract.forward(functional.gelu(_expand.forward(x), TorchSharp.Modules.GELU.Approximate.tanh));
        return functional.dropout(y, _dropout, training).MoveToOuterDisposeScope();
    }
}
