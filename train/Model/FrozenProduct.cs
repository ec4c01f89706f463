using System.Runtime.Intrinsics.X86;
using FakeNewsOnnx.Checkpoint;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FakeNewsOnnx.Train.Model;

/// <summary>x·W + b for the frozen matrices of one model, which are kept in single precision or in bf16.</summary>
internal sealed class FrozenProduct : IDisposable
{
    private const int ExtendedFeatures = 7;
    private const int Avx512Bf16Bit = 1 << 5; // CPUID 7.1: EAX

    private readonly ScalarType _frozenType;
    private readonly bool _cpuWidens;
    private Tensor? _wide;
    private Tensor? _lastGradient;

    /// <param name="frozenType">Type that frozen matrices are kept in: Float32 or BFloat16.</param>
    /// <param name="cpuWidens">True if the CPU multiplies bf16 matrices in single precision; null for this CPU's way.</param>
    public FrozenProduct(ScalarType frozenType = ScalarType.Float32, bool? cpuWidens = null)
    {
        _frozenType = frozenType;
        _cpuWidens = cpuWidens ?? !CpuHasBFloat16;
    }

    /// <summary>True if this CPU has instructions for products in bf16; without them libtorch takes 100 times as long as in single precision.</summary>
    public static bool CpuHasBFloat16 { get; } = Avx512F.IsSupported
        && X86Base.CpuId(ExtendedFeatures, 0).Eax >= 1
        && (X86Base.CpuId(ExtendedFeatures, 1).Eax & Avx512Bf16Bit) != 0;

    /// <summary>Type that a weight is kept in: that of the frozen ones, or single precision if the weight is trained.</summary>
    public ScalarType TypeOf(LoraConfig? lora, string weight) => lora?.Resolve(weight).IsReplaced == true ? ScalarType.Float32 : _frozenType;

    /// <summary>Type that a product is computed in: W's own type where the device can.</summary>
    public ScalarType ProductType(Tensor weight) =>
        weight.device_type == TorchSharp.DeviceType.CPU && _cpuWidens ? ScalarType.Float32 : weight.dtype;

    /// <summary>[…, in] → […, out]; W is [in, out], b [out] or null for none.</summary>
    public Tensor Multiply(Tensor x, Tensor weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        ScalarType type = ProductType(weight);
        Tensor product = type == weight.dtype
            ? functional.linear(x.to_type(type), weight.t(), bias?.to_type(type))
            : WideningProduct.apply(x.to_type(type), weight, this);
        if (type != weight.dtype && bias is not null)
        {
            product.add_(bias);
        }

        return product.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _wide?.Dispose();
        _lastGradient?.Dispose();
    }

    /// <summary>
    /// Widens W for each product into the same piece of memory, so that memory holds W in its own type alone. A new piece each time would leave
    /// holes between the tensors that the backward pass needs.
    /// </summary>
    private Tensor Widen(Tensor weight)
    {
        if (_wide is null || _wide.numel() < weight.numel())
        {
            _wide?.Dispose();
            _wide = empty(weight.numel()).DetachFromDisposeScope();
        }

        using var _ = no_grad();
        return _wide.narrow(0, 0, weight.numel()).view(weight.shape).copy_(weight);
    }

    /// <summary>Frees the gradient that libtorch took last. Otherwise those of all layers would stay until the backward pass is done.</summary>
    private Tensor KeepUntilNext(Tensor gradient)
    {
        _lastGradient?.Dispose();
        return _lastGradient = gradient.DetachFromDisposeScope();
    }

    private sealed class WideningProduct : autograd.SingleTensorFunction<WideningProduct>
    {
        public override string Name => nameof(WideningProduct);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            using var scope = NewDisposeScope();
            var (x, weight, owner) = ((Tensor)vars[0], (Tensor)vars[1], (FrozenProduct)vars[2]);
            ctx.save_for_backward([weight]);
            ctx.save_data(nameof(FrozenProduct), owner);
            return x.matmul(owner.Widen(weight)).MoveToOuterDisposeScope();
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using var scope = NewDisposeScope();
            var owner = (FrozenProduct)ctx.get_data(nameof(FrozenProduct));
            Tensor weight = ctx.get_saved_variables()[0];
            Tensor gradient = owner.KeepUntilNext(grad_output.matmul(owner.Widen(weight).t()));
            grad_output.Dispose();
            return [gradient, null!, null!];
        }
    }
}
