using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Tests.Parity;
using FakeNewsOnnx.Train.Model;
using FakeNewsOnnx.Train.Recipes;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Tests.Train;

/// <summary>Products with frozen weights in bf16, in the way of a CPU that multiplies bf16 and of one that widens them.</summary>
internal sealed class FrozenProductTests
{
    private static readonly Gpt2Config Config = Gpt2Config.Load(Path.Combine(ReferenceModel.Tiny.Base, Gpt2Config.FileName));

    [Test]
    public void AModel_FreesWhatItsProductsKeep()
    {
        Assert.That(TensorsLeft(cpuWidens: true), Is.EqualTo(TensorsLeft(cpuWidens: false)));
    }

    /// <summary>Weights that bf16 holds exactly, so that only the type of the product differs: bf16 keeps 8 bits of it.</summary>
    [Test]
    public void BothWays_ComputeOneProduct_AndOneGradient()
    {
        using var scope = NewDisposeScope();
        using var native = new FrozenProduct(ScalarType.BFloat16, cpuWidens: false);
        using var widening = new FrozenProduct(ScalarType.BFloat16, cpuWidens: true);
        Tensor weight = arange(12, dtype: ScalarType.Float32).view(3, 4).to_type(ScalarType.BFloat16), bias = tensor([1f, 2, 3, 4]);
        Tensor[] inputs = [tensor([1f, 0, -2], [1, 3]).requires_grad_(), tensor([1f, 0, -2], [1, 3]).requires_grad_()];

        Tensor[] products = [native.Multiply(inputs[0], weight, bias), widening.Multiply(inputs[1], weight, bias)];
        Array.ForEach(products, product => product.to_type(ScalarType.Float32).sum().backward());

        Assert.That(products.Select(product => product.dtype), Is.EqualTo(new[] { ScalarType.BFloat16, ScalarType.Float32 }));
        Assert.That(products.Select(product => product.to_type(ScalarType.Float32).data<float>().ToArray()), Is.All.EqualTo(new float[] { -15, -15, -15, -15 }));
        Assert.That(inputs.Select(input => input.grad!.data<float>().ToArray()), Is.All.EqualTo(new float[] { 6, 22, 38 }));
    }

    /// <summary>Number of tensors that are alive after a model ran forward and back and was disposed of, in addition to those before.</summary>
    private static long TensorsLeft(bool cpuWidens)
    {
        CollectHandles();
        long before = Tensor.TotalCount;
        using (NewDisposeScope())
        using (var model = new Gpt2ForSequenceClassification(Config, new Recipe().ToLoraConfig(null), 2, 299, new(ScalarType.BFloat16, cpuWidens)))
        {
            using (no_grad())
            {
                foreach (var (_, parameter) in model.named_parameters())
                {
                    parameter.fill_(0.01);
                }
            }

            model.call(tensor([5L, 6, 7], [1, 3])).sum().backward();
        }

        CollectHandles();
        return Tensor.TotalCount - before;
    }

    /// <summary>Frees the handles that have no owner any more, such as those of gradients.</summary>
    private static void CollectHandles()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }
}
