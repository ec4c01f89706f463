using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Training;

/// <summary>
/// Backpropagation that keeps only the input of each stage of a model and computes the stage again when its gradient is due,
/// with the same dropouts: https://arxiv.org/abs/1604.06174. Memory for activations is that of one block.
/// </summary>
internal static class GradientCheckpointing
{
    /// <summary>Runs the model forward and back; gradients are added to the parameters.</summary>
    /// <param name="stages">The model in pieces; the first one needs no gradient.</param>
    /// <param name="lossOf">A scalar of the last stage's output.</param>
    /// <returns>The loss, without its graph.</returns>
    public static Tensor Backward(IReadOnlyList<Func<Tensor, Tensor>> stages, Func<Tensor, Tensor> lossOf)
    {
        using var scope = NewDisposeScope();
        var inputs = new Tensor[stages.Count];
        var randomStates = new Tensor[stages.Count];
        Tensor x = zeros(0);
        using (no_grad())
        {
            for (int i = 0; i < stages.Count - 1; i++)
            {
                randomStates[i] = get_rng_state();
                inputs[i] = x;
                x = stages[i](x);
            }
        }

        Tensor top = x.detach().requires_grad_();
        Tensor loss = lossOf(stages[^1](top));
        loss.backward();
        Tensor gradient = top.grad!;
        Tensor after = get_rng_state();
        for (int i = stages.Count - 2; i > 0; i--)
        {
            gradient = StageBackward(stages[i], inputs[i], randomStates[i], gradient);
        }

        set_rng_state(after);
        return loss.detach().MoveToOuterDisposeScope();
    }

    private static Tensor StageBackward(Func<Tensor, Tensor> stage, Tensor input, Tensor randomState, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        set_rng_state(randomState);
        Tensor leaf = input.detach().requires_grad_();
        stage(leaf).backward([gradient]);
        return leaf.grad!.MoveToOuterDisposeScope();
    }
}
