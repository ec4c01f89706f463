using FakeNewsOnnx.Train.Distributed;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Training;

/// <summary>Sums gradients over the ranks of a job.</summary>
internal static class GradientExchange
{
    /// <summary>Gives every rank the gradient and the loss of the whole batch, in one exchange; stops all ranks if one was told to stop.</summary>
    /// <param name="ranks">The processes that share each batch.</param>
    /// <param name="trainable">The parameters whose gradients are summed.</param>
    /// <param name="loss">[1]: this rank's share of the loss, replaced by the sum.</param>
    /// <param name="cancellation">Tells this rank to stop.</param>
    /// <returns>Number of bytes that this process gave to the others; 0 for a process alone.</returns>
    /// <exception cref="OperationCanceledException">This rank, or another one, was told to stop.</exception>
    public static long Sum(Ranks ranks, IReadOnlyList<(string Name, Parameter Value)> trainable, Tensor loss, CancellationToken cancellation)
    {
        if (ranks.Size == 1)
        {
            cancellation.ThrowIfCancellationRequested();
            return 0;
        }

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Tensor[] gradients = [.. trainable.Select(entry => entry.Value.grad ?? (entry.Value.grad = zeros_like(entry.Value)))];
        float[] values = [.. cat([.. gradients.Select(gradient => gradient.flatten())]).cpu().data<float>(), (float)loss.item<double>(), cancellation.IsCancellationRequested ? 1 : 0];
        ranks.Sum(values);
        if (values[^1] > 0)
        {
            throw new OperationCanceledException(cancellation);
        }

        Tensor sums = tensor(values[..^2], device: loss.device);
        foreach (var (gradient, sum) in gradients.Zip(sums.split([.. gradients.Select(gradient => gradient.numel())])))
        {
            gradient.copy_(sum.view_as(gradient));
        }

        loss.fill_(values[^2]);
        return values.LongLength * sizeof(float);
    }
}
