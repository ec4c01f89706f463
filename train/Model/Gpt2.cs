using FakeNewsOnnx.Checkpoint;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FakeNewsOnnx.Train.Model;

/// <summary>GPT-2 with a classifier head: Transformers' GPT2ForSequenceClassification, for batches that are padded on the right.</summary>
/// <remarks>
/// Names are the checkpoint's. B: articles, T: tokens, C: width, H: heads, D: head width, N: labels.
/// <c>export/Gpt2Graph.cs</c> is the same model in the same order.
/// </remarks>
internal sealed class Gpt2ForSequenceClassification : Module<Tensor, Tensor>
{
    [ComponentName(Name = "transformer")] private readonly Gpt2 _transformer;
    [ComponentName(Name = "score")] private readonly Linear _score; // [N, C]
    private readonly int _padTokenId;
    private readonly FrozenProduct _product;

    /// <summary>All parameters are frozen except the head and the low-rank updates. <paramref name="product"/> is disposed with the model.</summary>
    public Gpt2ForSequenceClassification(Gpt2Config config, LoraConfig? lora, int labels, int padTokenId, FrozenProduct product)
        : base(nameof(Gpt2ForSequenceClassification))
    {
        _padTokenId = padTokenId;
        _product = product;
        _transformer = new(config, lora, product);
        _score = Linear(config.Width, labels, hasBias: false);
        init.normal_(_score.weight!, 0, config.InitializerRange);
        RegisterComponents();
    }

    /// <summary>The device that the model is on.</summary>
    public Device Device => _score.weight!.device;

    /// <summary>N: number of labels.</summary>
    public int Labels => (int)_score.weight!.shape[0];

    /// <summary>Computes the logits at each row's rightmost token that is not a pad (position 0 if all are), found from the ids alone.</summary>
    public override Tensor forward(Tensor inputIds) // int64 [B, T], pads on the right → [B, N]
    {
        using var scope = NewDisposeScope();
        return _score.call(_transformer.call(inputIds, LastToken(inputIds))).MoveToOuterDisposeScope();
    }

    /// <summary>The forward pass in pieces, for gradient checkpointing: embeddings, each block, norm and head. Each takes the result of the one before.</summary>
    public IReadOnlyList<Func<Tensor, Tensor>> Stages(Tensor inputIds) => _transformer.Stages(inputIds, LastToken(inputIds), _score);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _product.Dispose();
        }

        base.Dispose(disposing);
    }

    private Tensor LastToken(Tensor inputIds) => // [B, T] → [B]
        (arange(inputIds.shape[1], dtype: ScalarType.Int64, device: inputIds.device) * inputIds.ne(_padTokenId)).amax([1]);
}

/// <summary>The transformer: embeddings, blocks, final LayerNorm. In the last block only keys and values need every token.</summary>
internal sealed class Gpt2 : Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "wte")] private readonly Embedding _tokens; // [V, C]
    [ComponentName(Name = "wpe")] private readonly Embedding _positions; // [positions, C]
    [ComponentName(Name = "h")] private readonly ModuleList<Block> _blocks;
    [ComponentName(Name = "ln_f")] private readonly LayerNorm _norm;
    private readonly double _dropout;

    public Gpt2(Gpt2Config config, LoraConfig? lora, FrozenProduct product) : base(nameof(Gpt2))
    {
        _tokens = Embedding(config.VocabularySize, config.Width, dtype: product.TypeOf(lora, Gpt2Weights.TokenEmbedding));
        _positions = Embedding(config.Positions, config.Width, dtype: product.TypeOf(lora, Gpt2Weights.PositionEmbedding));
        _blocks = ModuleList([.. Enumerable.Range(0, config.Layers).Select(layer => new Block(config, lora, layer, product))]);
        _norm = LayerNorm(config.Width, config.LayerNormEpsilon);
        _dropout = config.EmbeddingDropout;
        RegisterComponents();
    }

    public override Tensor forward(Tensor inputIds, Tensor last) // [B, T], [B] → [B, C]
    {
        using var scope = NewDisposeScope();
        Tensor x = Embed(inputIds);
        for (int layer = 0; layer < _blocks.Count; layer++)
        {
            x = _blocks[layer].call(x, layer == _blocks.Count - 1 ? last : null);
        }

        return _norm.call(x).squeeze(1).MoveToOuterDisposeScope();
    }

    /// <summary><see cref="forward"/> and the head, stage by stage.</summary>
    public IReadOnlyList<Func<Tensor, Tensor>> Stages(Tensor inputIds, Tensor last, Linear score) =>
    [
        _ => Embed(inputIds),
        .. _blocks.Select((block, layer) => (Func<Tensor, Tensor>)(x => block.call(x, layer == _blocks.Count - 1 ? last : null))),
        x => score.call(_norm.call(x).squeeze(1)),
    ];

    private Tensor Embed(Tensor inputIds) // [B, T] → [B, T, C], in single precision
    {
        using var scope = NewDisposeScope();
        Tensor positions = arange(inputIds.shape[1], dtype: ScalarType.Int64, device: inputIds.device);
        Tensor x = _tokens.call(inputIds).to_type(ScalarType.Float32) + _positions.call(positions);
        return functional.dropout(x, _dropout, training).MoveToOuterDisposeScope();
    }
}

/// <summary>One block: attention and MLP, each behind a LayerNorm and added to the residual stream.</summary>
internal sealed class Block : Module<Tensor, Tensor?, Tensor>
{
    [ComponentName(Name = "ln_1")] private readonly LayerNorm _norm1;
    [ComponentName(Name = "attn")] private readonly Attention _attention;
    [ComponentName(Name = "ln_2")] private readonly LayerNorm _norm2;
    [ComponentName(Name = "mlp")] private readonly Mlp _mlp;

    public Block(Gpt2Config config, LoraConfig? lora, int layer, FrozenProduct product) : base(nameof(Block))
    {
        LoraLinear[] linears = [.. Gpt2Weights.LinearModules(config, layer).Select(module => LoraLinear.Create(module.In, module.Out, lora, module.Name, product))];
        _norm1 = LayerNorm(config.Width, config.LayerNormEpsilon);
        _attention = new(config, linears[0], linears[1]);
        _norm2 = LayerNorm(config.Width, config.LayerNormEpsilon);
        _mlp = new(config, linears[2], linears[3]);
        RegisterComponents();
    }

    /// <summary><paramref name="last"/> [B] is the only position of each row that is wanted; null for all.</summary>
    public override Tensor forward(Tensor x, Tensor? last) // [B, T, C] → [B, T or 1, C]
    {
        using var scope = NewDisposeScope();
        Tensor attended = _attention.call(_norm1.call(x), last);
        x = (last is null ? x : x.gather(1, last.view(-1, 1, 1).expand(-1, 1, x.shape[2]))) + attended;
        x = x + _mlp.call(_norm2.call(x));
        return x.MoveToOuterDisposeScope();
    }
}

/// <summary>Causal self-attention.</summary>
internal sealed class Attention : Module<Tensor, Tensor?, Tensor>
{
    [ComponentName(Name = "c_attn")] private readonly LoraLinear _queryKeyValue;
    [ComponentName(Name = "c_proj")] private readonly LoraLinear _output;
    private readonly Gpt2Config _config;

    public Attention(Gpt2Config config, LoraLinear queryKeyValue, LoraLinear output) : base(nameof(Attention))
    {
        _config = config;
        _queryKeyValue = queryKeyValue;
        _output = output;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor? last) // [B, T, C] → [B, T or 1, C]
    {
        using var scope = NewDisposeScope();
        long batch = x.shape[0], length = x.shape[1];
        Tensor[] heads = _queryKeyValue.call(x).to_type(_queryKeyValue.ProductType)
            .view(batch, length, 3, _config.Heads, _config.HeadWidth).permute(2, 0, 3, 1, 4).unbind(0); // 3 × [B, H, T, D]
        Tensor query = heads[0];
        Tensor? visible = null; // keys that a query may see; null for those up to its own position
        if (last is not null)
        {
            Tensor index = last.view(-1, 1, 1, 1);
            query = query.gather(2, index.expand(-1, _config.Heads, 1, _config.HeadWidth)); // [B, H, 1, D]
            visible = arange(length, device: x.device).le(index); // [B, 1, 1, T]
        }

        Tensor y = functional.scaled_dot_product_attention(
            query, heads[1], heads[2], visible, training ? _config.AttentionDropout : 0, is_casual: visible is null); // [B, H, T or 1, D]
        y = _output.call(y.transpose(1, 2).reshape(batch, -1, _config.Width));
        return functional.dropout(y, _config.ResidualDropout, training).MoveToOuterDisposeScope();
    }
}

/// <summary>The two-layer perceptron with GPT-2's tanh form of GELU.</summary>
internal sealed class Mlp : Module<Tensor, Tensor>
{
    [ComponentName(Name = "c_fc")] private readonly LoraLinear _expand;
    [ComponentName(Name = "c_proj")] private readonly LoraLinear _contract;
    private readonly double _dropout;

    public Mlp(Gpt2Config config, LoraLinear expand, LoraLinear contract) : base(nameof(Mlp))
    {
        _expand = expand;
        _contract = contract;
        _dropout = config.ResidualDropout;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) // [B, T, C] → [B, T, C]
    {
        using var scope = NewDisposeScope();
        Tensor y = _contract.call(functional.gelu(_expand.call(x), TorchSharp.Modules.GELU.Approximate.tanh));
        return functional.dropout(y, _dropout, training).MoveToOuterDisposeScope();
    }
}
