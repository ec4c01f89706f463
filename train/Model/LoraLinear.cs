using FakeNewsOnnx.Checkpoint;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FakeNewsOnnx.Train.Model;

/// <summary>GPT-2's Conv1D, with or without a low-rank update: y = x·W + b + s·dropout(x)·Aᵀ·Bᵀ.</summary>
/// <remarks>LoRA: https://arxiv.org/abs/2106.09685. Conv1D stores W as [in, out]. s is α / r or, for rsLoRA, α / √r.</remarks>
internal class LoraLinear : Module<Tensor, Tensor>
{
    [ComponentName(Name = "weight")] private protected readonly Parameter _weight; // [in, out]
    [ComponentName(Name = "bias")] private protected readonly Parameter _bias; // [out]
    [ComponentName(Name = "lora_A")] private protected readonly Linear? _a; // [r, in]
    [ComponentName(Name = "lora_B")] private protected readonly Linear? _b; // [out, r], and with lora_bias a bias [out]
    private protected readonly FrozenProduct _product;
    private protected readonly double _dropout;
    private protected readonly double _scaling;

    /// <summary>W and b are uninitialised until a checkpoint is loaded; A and B start as PEFT starts them.</summary>
    /// <param name="inputs">Width of x.</param>
    /// <param name="outputs">Width of y.</param>
    /// <param name="lora">Which modules get an update; null for none.</param>
    /// <param name="module">This module's name in <see cref="Gpt2Weights"/>.</param>
    /// <param name="product">Keeps W and multiplies with it.</param>
    public LoraLinear(int inputs, int outputs, LoraConfig? lora, string module, FrozenProduct product)
        : base(nameof(LoraLinear))
    {
        _product = product;
        _weight = new(empty(inputs, outputs, dtype: product.TypeOf(lora, $"{module}.weight")), requires_grad: false);
        _bias = new(empty(outputs), requires_grad: false);
        if (lora?.Resolve($"{module}.weight") is { IsLowRank: true } update)
        {
            _a = Linear(inputs, update.Rank, hasBias: false);
            _b = Linear(update.Rank, outputs, hasBias: lora.Resolve($"{module}.bias").IsLowRank);
            init.kaiming_uniform_(_a.weight!, Math.Sqrt(5));
            init.zeros_(_b.weight!);
            if (_b.bias is not null)
            {
                init.zeros_(_b.bias);
            }

            _scaling = update.Scaling;
            _dropout = lora.Dropout;
        }

        RegisterComponents();
    }

    /// <summary>Type that x·W is computed in; the update is always computed in single precision.</summary>
    public ScalarType ProductType => _product.ProductType(_weight);

    /// <summary>Creates the module in the form that the configuration asks for.</summary>
    public static LoraLinear Create(int inputs, int outputs, LoraConfig? lora, string module, FrozenProduct product) =>
        lora?.Resolve($"{module}.weight").IsDecomposed == true ? new DoraLinear(inputs, outputs, lora, module, product) : new LoraLinear(inputs, outputs, lora, module, product);

    public override Tensor forward(Tensor x) // [B, T, in] → [B, T, out]
    {
        using var scope = NewDisposeScope();
        Tensor rows = x.reshape(-1, x.shape[^1]);
        Tensor y = Forward(rows);
        return y.view([.. x.shape[..^1], y.shape[1]]).MoveToOuterDisposeScope();
    }

    private protected virtual Tensor Forward(Tensor x) // [B·T, in] → [B·T, out]
    {
        Tensor y = _product.Multiply(x, _weight, _bias);
        if (_a is null || _b is null)
        {
            return y;
        }

        Tensor low = _a.call(Dropped(x)) * _scaling; // s·dropout(x)·Aᵀ: [B·T, r]
        return _b.bias is null
            ? y.to_type(ScalarType.Float32).addmm_(low, TransposedB(), 1, 1)
            : y + (low.matmul(TransposedB()) + (_b.bias * _scaling));
    }

    /// <summary>dropout(x) in single precision.</summary>
    private protected Tensor Dropped(Tensor x)
    {
        x = x.to_type(ScalarType.Float32);
        return training && _dropout > 0 ? functional.dropout(x, _dropout) : x;
    }

    /// <summary>Bᵀ [r, out], laid out so that its gradient is a product that libtorch is fast at.</summary>
    private protected Tensor TransposedB() => _b!.weight!.t().contiguous();
}
