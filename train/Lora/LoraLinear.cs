using FakeNewsOnnx.Data;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FakeNewsOnnx.Train.Lora;

/// <summary>GPT-2's Conv1D, frozen, with or without a trainable low-rank update: y = x·W + b + s · dropout(x)·Aᵀ·Bᵀ.</summary>
/// <remarks>LoRA: https://arxiv.org/abs/2106.09685. s = α / r. Conv1D stores W as [in, out].</remarks>
internal sealed class LoraLinear : Module<Tensor, Tensor>
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight; // [in, out]

    [ComponentName(Name = "bias")]
    private readonly Parameter _bias; // [out]

    [ComponentName(Name = "lora_A")]
    private readonly Linear? _a; // [r, in]

    [ComponentName(Name = "lora_B")]
    private readonly Linear? _b; // [out, r]

    private readonly double _dropout;
    private readonly double _scaling;

    /// <summary>The weights are uninitialised until a checkpoint is loaded; A and B start as PEFT starts them.</summary>
    /// <param name="inputs">Width of x.</param>
    /// <param name="outputs">Width of y.</param>
    /// <param name="target">Rank and scaling of the update; null for none.</param>
    /// <param name="dropout">Rate of the update's own dropout, in training only.</param>
    /// <param name="frozen">How W is kept: Float32 or BFloat16.</param>
    public LoraLinear(int inputs, int outputs, LoraTarget? target, double dropout, ScalarType frozen)
        : base(nameof(LoraLinear))
    {
        _weight = new(empty(inputs, outputs, dtype: frozen), requires_grad: false);
        _bias = new(empty(outputs), requires_grad: false);
        if (target is { } update)
        {
            _a = Linear(inputs, update.Rank, hasBias: false);
            _b = Linear(update.Rank, outputs, hasBias: false);
            init.kaiming_uniform_(_a.weight!, Math.Sqrt(5));
            init.zeros_(_b.weight!);
            _scaling = update.Scaling;
            _dropout = dropout;
        }

        RegisterComponents();
    }

    /// <summary>What x·W is computed in; the update is always computed in single precision.</summary>
    public ScalarType ProductType => FrozenProduct.TypeFor(_weight);

    public override Tensor forward(Tensor x) // [B, T, in] → [B, T, out]
    {
        using var scope = NewDisposeScope();
        Tensor y = FrozenProduct.Run(x, _weight, _bias);
        if (_a is not null && _b is not null)
        {
            Tensor update = _b.forward(_a.forward(functional.dropout(x.to_type(ScalarType.Float32), _dropout, training)));
            y = y + (update * _scaling);
        }

        return y.MoveToOuterDisposeScope();
    }
}
