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
    /// <param name="reseeds">
    /// Whether each stage starts from a seed of its own, as it must where the generator's state cannot be read (CUDA); without it, dropouts are
    /// those of a pass without checkpointing.
    /// </param>
    /// <returns>The loss, without its graph.</returns>
    public static Tensor Backward(IReadOnlyList<Func<Tensor, Tensor>> stages, Func<Tensor, Tensor> lossOf, bool reseeds)
    {
        using var scope = NewDisposeScope();
        var inputs = new Tensor[stages.Count];
        var restarts = new Action[stages.Count];
        long seed = reseeds ? randint(int.MaxValue, 1).item<long>() : 0; // from the CPU's generator
        Tensor x = zeros(0);
        using (no_grad())
        {
            for (int i = 0; i < stages.Count - 1; i++)
            {
                restarts[i] = Restart(i);
                inputs[i] = x;
                x = stages[i](x);
            }
        }

        Tensor top = x.detach().requires_grad_();
        Tensor loss = lossOf(stages[^1](top));
        loss.backward();
        Tensor gradient = top.grad!;
        Action goOn = Restart(stages.Count);
        for (int i = stages.Count - 2; i > 0; i--)
        {
            restarts[i]();
            gradient = StageBackward(stages[i], inputs[i], gradient);
        }

        goOn();
        return loss.detach().MoveToOuterDisposeScope();

        // Makes the random numbers that follow those of a stage, and gives what makes the same ones again.
        Action Restart(int stage)
        {
            if (reseeds)
            {
                manual_seed(seed + stage);
                return () => manual_seed(seed + stage);
            }

            Tensor state = get_rng_state();
            return () => set_rng_state(state);
        }
    }

    private static Tensor StageBackward(Func<Tensor, Tensor> stage, Tensor input, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        Tensor leaf = input.detach().requires_grad_();
        stage(leaf).backward([gradient]);
        return leaf.grad!.MoveToOuterDisposeScope();
    }
}
