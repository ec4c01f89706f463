using FakeNewsOnnx.Checkpoint;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Model;

/// <summary>A low-rank update whose columns have a trained length m: y = x·W' · m / ‖W'‖ + b with W' = W + s·(B·A)ᵀ.</summary>
/// <remarks>DoRA: https://arxiv.org/abs/2402.09353. ‖W'‖ is a constant to the gradient (section 4.3).</remarks>
internal sealed class DoraLinear : LoraLinear
{
    [ComponentName(Name = "lora_magnitude_vector")] private readonly Parameter _magnitude; // m: [out]

    /// <inheritdoc cref="LoraLinear(int, int, LoraConfig, string, FrozenProduct)"/>
    public DoraLinear(int inputs, int outputs, LoraConfig lora, string module, FrozenProduct product)
        : base(inputs, outputs, lora, module, product)
    {
        _magnitude = new(empty(outputs));
        register_parameter("lora_magnitude_vector", _magnitude);
    }

    /// <summary>Starts m at the length of W', so that the module computes what the base does.</summary>
    public void StartMagnitude()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        _magnitude.copy_(UpdatedNorm());
    }

    /// <summary>As in PEFT: x·W + m/‖W'‖ · s·dropout(x)·Aᵀ·Bᵀ + (m/‖W'‖ − 1) · dropout(x)·W + b.</summary>
    private protected override Tensor Forward(Tensor x) // [B·T, in] → [B·T, out]
    {
        Tensor y = _product.Multiply(x, _weight, null);
        Tensor dropped = Dropped(x);
        Tensor update = (_a!.call(dropped) * _scaling).matmul(TransposedB());
        update = _b!.bias is null ? update : update + (_b.bias * _scaling);
        Tensor length = _magnitude / UpdatedNorm();
        Tensor product = training && _dropout > 0 ? _product.Multiply(dropped, _weight, null) : y;
        return y + ((length * update) + ((length - 1) * product) + _bias);
    }

    /// <summary>‖W'‖ of each output, without a gradient.</summary>
    private Tensor UpdatedNorm() // [out]
    {
        using var _ = no_grad();
        return (_weight + (_b!.weight!.matmul(_a!.weight!).t() * _scaling)).norm(0);
    }
}
