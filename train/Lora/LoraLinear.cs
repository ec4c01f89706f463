using FakeNewsOnnx.Checkpoint;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FakeNewsOnnx.Train.Lora;

/// <summary>
/// GPT-2's Conv1D, with or without a low-rank update: y = x·W + b + s · (dropout(x)·Aᵀ·Bᵀ), and with DoRA each output's
/// weights brought to a trained length m: y = x·(W + s·(B·A)ᵀ) · m / ‖W + s·(B·A)ᵀ‖ + b.
/// </summary>
/// <remarks>
/// LoRA: https://arxiv.org/abs/2106.09685; DoRA: https://arxiv.org/abs/2402.09353, whose norm is a constant to the gradient
/// (section 4.3). Conv1D stores W as [in, out]. s is α / r or, for rsLoRA, α / √r.
/// </remarks>
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

    [ComponentName(Name = "lora_magnitude_vector")]
    private readonly Parameter? _magnitude; // [out]

    private readonly double _dropout;
    private readonly double _scaling;

    /// <summary>The weights are uninitialised until a checkpoint is loaded; A and B start as PEFT starts them.</summary>
    /// <param name="inputs">Width of x.</param>
    /// <param name="outputs">Width of y.</param>
    /// <param name="lora">Which modules get an update; null for none.</param>
    /// <param name="module">This module's name in <see cref="Gpt2Weights"/>.</param>
    /// <param name="frozen">How W is kept: Float32 or BFloat16.</param>
    public LoraLinear(int inputs, int outputs, LoraConfig? lora, string module, ScalarType frozen = ScalarType.Float32)
        : base(nameof(LoraLinear))
    {
        _weight = new(empty(inputs, outputs, dtype: FrozenProduct.KeptAs(lora, $"{module}.weight", frozen)), requires_grad: false);
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

            _magnitude = update.IsDecomposed ? new(empty(outputs)) : null;
            _scaling = update.Scaling;
            _dropout = lora.Dropout;
        }

        RegisterComponents();
    }

    /// <summary>What x·W is computed in; the update is always computed in single precision.</summary>
    public ScalarType ProductType => FrozenProduct.TypeFor(_weight);

    public override Tensor forward(Tensor x) // [B, T, in] → [B, T, out]
    {
        using var scope = NewDisposeScope();
        Tensor rows = x.reshape(-1, x.shape[^1]);
        Tensor y = FrozenProduct.Run(rows, _weight, _magnitude is null ? _bias : null);
        if (_a is not null && _b is not null)
        {
            bool drops = training && _dropout > 0;
            Tensor input = rows.to_type(ScalarType.Float32);
            input = drops ? functional.dropout(input, _dropout) : input;
            Tensor low = _a.forward(input) * _scaling; // [B·T, r]
            Tensor b = _b.weight!.t().contiguous(); // [r, out]: laid out so, its gradient is a product that libtorch is fast at
            y = _magnitude is null && _b.bias is null
                ? y.to_type(ScalarType.Float32).addmm_(low, b, 1, 1)
                : y + Update(low.matmul(b), y, input, drops);
        }

        return y.view([.. x.shape[..^1], y.shape[1]]).MoveToOuterDisposeScope();
    }

    /// <summary>Starts DoRA's lengths at those of the weights, so that the module computes what the base does.</summary>
    public void StartMagnitude()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        _magnitude?.copy_(UpdatedNorm());
    }

    /// <summary>What B's bias and DoRA make of the update.</summary>
    private Tensor Update(Tensor update, Tensor y, Tensor input, bool drops)
    {
        update = _b!.bias is null ? update : update + (_b.bias * _scaling);
        if (_magnitude is not null)
        {
            // PEFT adds (m / ‖W'‖ − 1) · W with the update's dropout to W without it.
            Tensor length = _magnitude / UpdatedNorm();
            update = (length * update) + ((length - 1) * (drops ? FrozenProduct.Run(input, _weight, null) : y)) + _bias;
        }

        return update;
    }

    /// <summary>‖W + s·(B·A)ᵀ‖ of each output, without a gradient.</summary>
    private Tensor UpdatedNorm() // [out]
    {
        using var _ = no_grad();
        return (_weight + (_b!.weight!.matmul(_a!.weight!).t() * _scaling)).norm(0);
    }
}
