using FakeNewsOnnx.Train.Model;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Tests.Train;

internal sealed class GradientCheckpointingTests
{
    /// <summary>
    /// The loss is linear in each weight, so weight × gradient is the loss itself if, and only if, the backward pass draws the dropouts of the
    /// forward pass again. Without seeds of their own, what is drawn afterwards does not depend on that.
    /// </summary>
    [Test]
    public void Backward_DrawsTheSameDropoutsAgain([Values] bool reseeds)
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        Tensor first = rand(4, 64) + 0.5f, second = rand(4, 64) + 0.5f;
        first.requires_grad_();
        second.requires_grad_();
        Func<Tensor, Tensor>[] stages = [_ => ones(4, 64), x => nn.functional.dropout(x * first, 0.5, training: true), x => nn.functional.dropout(x * second, 0.5, training: true), x => x * 2];

        GradientCheckpointing pass = GradientCheckpointing.Forward(stages, reseeds);
        Tensor sum = pass.Output.sum();
        pass.Backward(sum);
        float loss = sum.item<float>();

        float next = rand(1).item<float>();

        Assert.That((first * first.grad!).sum().item<float>(), Is.EqualTo(loss).Within(1e-3));
        Assert.That((second * second.grad!).sum().item<float>(), Is.EqualTo(loss).Within(1e-3));
        Assert.That(loss, Is.InRange(1f, 4 * 64 * 1.5 * 1.5 * 8));
        if (!reseeds)
        {
            manual_seed(7);
            _ = (rand(4, 64), rand(4, 64), stages.Aggregate(zeros(0), (x, stage) => stage(x)));
            Assert.That(next, Is.EqualTo(rand(1).item<float>()));
        }
    }
}
