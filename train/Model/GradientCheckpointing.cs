using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Model;

/// <summary>
/// Backpropagation that keeps only the input of each stage of a model and computes the stage again when its gradient is due,
/// with the same dropouts: https://arxiv.org/abs/1604.06174. Memory for activations is that of one block.
/// </summary>
internal sealed class GradientCheckpointing
{
    private readonly IReadOnlyList<Func<Tensor, Tensor>> _stages;
    private readonly Tensor[] _inputs;
    private readonly Action[] _restarts;
    private readonly long? _seed;

    private GradientCheckpointing(IReadOnlyList<Func<Tensor, Tensor>> stages, bool reseeds)
    {
        _stages = stages;
        _inputs = new Tensor[stages.Count];
        _restarts = new Action[stages.Count];
        _seed = reseeds ? randint(int.MaxValue, 1).item<long>() : null; // from the CPU's generator
        Tensor x = zeros(0);
        using (no_grad())
        {
            for (int i = 0; i < stages.Count - 1; i++)
            {
                _restarts[i] = Restart(i);
                _inputs[i] = x;
                x = stages[i](x);
            }
        }

        _inputs[^1] = x.detach().requires_grad_();
        Output = stages[^1](_inputs[^1]);
    }

    /// <summary>Output of the last stage.</summary>
    public Tensor Output { get; }

    /// <summary>Runs the model forward. All tensors live in the caller's dispose scope.</summary>
    /// <param name="stages">The model in pieces; the first one needs no gradient.</param>
    /// <param name="reseeds">
    /// True to start each stage from a seed of its own, which is needed where the generator's state cannot be read (CUDA). Without it, dropouts
    /// are those of a pass without checkpointing.
    /// </param>
    public static GradientCheckpointing Forward(IReadOnlyList<Func<Tensor, Tensor>> stages, bool reseeds) => new(stages, reseeds);

    /// <summary>Runs the model back; gradients are added to the parameters.</summary>
    /// <param name="loss">A scalar computed from <see cref="Output"/>.</param>
    public void Backward(Tensor loss)
    {
        using var scope = NewDisposeScope();
        loss.backward();
        Tensor gradient = _inputs[^1].grad!;
        Action goOn = Restart(_stages.Count);
        for (int i = _stages.Count - 2; i > 0; i--)
        {
            _restarts[i]();
            gradient = StageBackward(_stages[i], _inputs[i], gradient);
        }

        goOn();
    }

    /// <summary>Draws the random numbers that follow those of a stage, and returns an action that draws the same ones again.</summary>
    private Action Restart(int stage)
    {
        if (_seed is { } seed)
        {
            manual_seed(seed + stage);
            return () => manual_seed(seed + stage);
        }

        Tensor state = get_rng_state();
        return () => set_rng_state(state);
    }

    private static Tensor StageBackward(Func<Tensor, Tensor> stage, Tensor input, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        Tensor leaf = input.detach().requires_grad_();
        stage(leaf).backward([gradient]);
        return leaf.grad!.MoveToOuterDisposeScope();
    }
}
