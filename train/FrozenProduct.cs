using System.Runtime.Intrinsics.X86;
using FakeNewsOnnx.Checkpoint;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FakeNewsOnnx.Train;

/// <summary>x·W + b with a frozen W that is kept in single precision or in bf16.</summary>
internal static class FrozenProduct
{
    private const int ExtendedFeatures = 7;
    private const int Avx512Bf16Bit = 1 << 5; // CPUID 7.1: EAX

    /// <summary>Whether this CPU multiplies bf16; without such instructions libtorch takes 100 times as long as in single precision.</summary>
    public static bool CpuHasBFloat16 { get; } = Avx512F.IsSupported
        && X86Base.CpuId(ExtendedFeatures, 0).Eax >= 1
        && (X86Base.CpuId(ExtendedFeatures, 1).Eax & Avx512Bf16Bit) != 0;

    /// <summary>How a weight is kept: as the frozen ones are, unless it is trained, which takes single precision.</summary>
    public static ScalarType KeptAs(LoraConfig? lora, string weight, ScalarType frozen) => lora?.Resolve(weight).IsReplaced == true ? ScalarType.Float32 : frozen;

    /// <summary>What the product is computed in: W's own type where the device can.</summary>
    public static ScalarType TypeFor(Tensor weight) =>
        weight.device_type == TorchSharp.DeviceType.CPU && !CpuHasBFloat16 ? ScalarType.Float32 : weight.dtype;

    /// <summary>[…, in] → […, out]; W is [in, out], b [out] or null for none.</summary>
    public static Tensor Run(Tensor x, Tensor weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        ScalarType type = TypeFor(weight);
        Tensor product = type == weight.dtype
            ? functional.linear(x.to_type(type), weight.t(), bias?.to_type(type))
            : WideningProduct.apply(x.to_type(type), weight);
        if (type != weight.dtype && bias is not null)
        {
            product.add_(bias);
        }

        return product.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Widens W for each product into the same piece of memory, so that memory holds W in its own type alone; a new piece each time would leave holes
    /// between what the backward pass needs.
    /// </summary>
    private sealed class WideningProduct : autograd.SingleTensorFunction<WideningProduct>
    {
        [ThreadStatic]
        private static Tensor? _wide;

        [ThreadStatic]
        private static Tensor? _lastGradient;

        public override string Name => nameof(WideningProduct);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            using var scope = NewDisposeScope();
            var (x, weight) = ((Tensor)vars[0], (Tensor)vars[1]);
            ctx.save_for_backward([weight]);
            return x.matmul(Widen(weight)).MoveToOuterDisposeScope();
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using var scope = NewDisposeScope();
            _lastGradient?.Dispose(); // libtorch has taken it: without this, those of all layers stay until the whole backward pass is done
            Tensor weight = ctx.get_saved_variables()[0];
            _lastGradient = grad_output.matmul(Widen(weight).t()).MoveToOuterDisposeScope();
            grad_output.Dispose();
            return [_lastGradient, null!];
        }

        private static Tensor Widen(Tensor weight)
        {
            if (_wide is null || _wide.numel() < weight.numel())
            {
                _wide?.Dispose();
                _wide = empty(weight.numel()).DetachFromDisposeScope();
            }

            using var _ = no_grad();
            return _wide.narrow(0, 0, weight.numel()).view(weight.shape).copy_(weight);
        }
    }
}
