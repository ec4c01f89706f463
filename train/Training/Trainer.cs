using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Distributed;
using FakeNewsOnnx.Train.Model;
using FakeNewsOnnx.Train.Recipes;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Training;

/// <summary>One optimizer step.</summary>
/// <param name="Number">1, 2, …, counted over all epochs.</param>
/// <param name="Loss">Cross-entropy, averaged over the articles of a batch and over the batches.</param>
/// <param name="GradientNorm">L2 norm of all gradients before clipping.</param>
/// <param name="LearningRate">The rate that the step used.</param>
internal readonly record struct StepResult(int Number, double Loss, double GradientNorm, double LearningRate);

/// <summary>Articles that go through the model at once.</summary>
/// <param name="Articles">At least one.</param>
/// <param name="TotalWeight">Weight of all articles of the step; each article's share of the loss is its own weight divided by this.</param>
internal readonly record struct MicroBatch(IReadOnlyList<Example> Articles, double TotalWeight);

/// <summary>
/// Takes the steps of Transformers' Trainer on what is trainable in a model: AdamW (β 0.9 and 0.999, ε 1e-8, decay on every weight
/// but biases and LayerNorms), gradients clipped to a norm, batches padded to their longest row.
/// </summary>
internal sealed class Trainer : IDisposable
{
    private readonly Gpt2ForSequenceClassification _model;
    private readonly Recipe _recipe;
    private readonly int _padTokenId;
    private readonly Ranks _ranks;
    private readonly double[]? _labelWeights;
    private readonly LearningRateSchedule _schedule;
    private readonly AdamW _optimizer;
    private readonly List<UnreadStep> _unread = [];
    private readonly Tensor _loss;
    private GradientCheckpointing? _checkpointing;

    /// <param name="model">The model; its trainable parameters are changed.</param>
    /// <param name="recipe">How to train.</param>
    /// <param name="padTokenId">Fills the rows of a batch.</param>
    /// <param name="articles">What an epoch goes through.</param>
    /// <param name="ranks">The processes that share each batch; null for this one alone.</param>
    public Trainer(Gpt2ForSequenceClassification model, Recipe recipe, int padTokenId, IReadOnlyList<Example> articles, Ranks? ranks = null)
    {
        _model = model;
        _recipe = recipe;
        _padTokenId = padTokenId;
        _ranks = ranks ?? Ranks.Alone;
        _labelWeights = recipe.WeightsOfLabels([.. articles.Select(example => example.Label)]);
        Sampler = new(recipe, articles.Select(example => example.TokenCount));
        TotalSteps = recipe.MaxSteps ?? recipe.Epochs * Sampler.StepsPerEpoch;
        _schedule = new(recipe, TotalSteps);
        Trainable = [.. ModelLoader.Trainable(model).OrderByDescending(entry => IsDecayed(entry.Name))];
        _optimizer = optim.AdamW(
            Trainable.GroupBy(entry => IsDecayed(entry.Name)).Select(group => new AdamW.ParamGroup(
                [.. group.Select(entry => entry.Value)], recipe.LearningRate, weight_decay: group.Key ? recipe.WeightDecay : 0)),
            recipe.LearningRate);
        _loss = zeros(1, ScalarType.Float64, model.Device).DetachFromDisposeScope();
    }

    /// <summary>Which articles each step takes.</summary>
    public BatchSampler Sampler { get; }

    /// <summary>Steps of the whole run.</summary>
    public int TotalSteps { get; }

    /// <summary>Steps taken so far.</summary>
    public int StepsDone { get; private set; }

    /// <summary>Whether steps are taken faster than they are computed, on a GPU's queue, so that reading a step waits for it.</summary>
    public bool RunsAhead => _ranks.Size == 1 && _model.Device.type == TorchSharp.DeviceType.CUDA;

    /// <summary>Bytes that this process has given to the other ranks in the last step.</summary>
    public long BytesExchanged { get; private set; }

    /// <summary>The parameters that steps change, by their names in the adapter; those that decay come first.</summary>
    public IReadOnlyList<(string Name, Parameter Value)> Trainable { get; }

    /// <summary>Begins a step: no gradients, no loss.</summary>
    public void ZeroGradients()
    {
        _optimizer.zero_grad();
        _loss.zero_();
        if (_ranks.Size > 1 || _model.Device.type != TorchSharp.DeviceType.CPU)
        {
            manual_seed(_ranks.SeedOf(_recipe.Seed, StepsDone)); // each rank draws its own dropouts; checkpoints hold the state of the CPU's generator alone
        }
    }

    /// <summary>Splits the batches of a step into parts that go through the model at once: this rank's share, within the token budget.</summary>
    /// <param name="batches">As many batches as are accumulated.</param>
    public IEnumerable<MicroBatch> Split(IReadOnlyList<IReadOnlyList<Example>> batches)
    {
        foreach (IReadOnlyList<Example> batch in batches)
        {
            double weight = batch.Sum(WeightOf) * batches.Count;
            IReadOnlyList<Example> share = _ranks.Share(batch, example => example.TokenCount);
            foreach (IReadOnlyList<Example> part in TokenBudget.Split(share, example => example.TokenCount, _recipe.MaxBatchTokens))
            {
                yield return new(part, weight);
            }
        }
    }

    /// <summary>Runs the model forward; dropout is on if the model is in training mode. All tensors live in the caller's dispose scope.</summary>
    /// <returns>The part's share of the step's loss.</returns>
    public Tensor Forward(MicroBatch part)
    {
        TokenBatch tokens = TokenBatch.Pack([.. part.Articles.Select(example => example.InputIds)], _padTokenId);
        Tensor ids = OnDevice(tensor(tokens.InputIds, [tokens.Rows, tokens.Columns]));
        Tensor labels = OnDevice(tensor([.. part.Articles.Select(example => (long)example.Label)], [part.Articles.Count]));
        Tensor shares = OnDevice(tensor([.. part.Articles.Select(example => (float)(WeightOf(example) / part.TotalWeight))], [part.Articles.Count]));
        _checkpointing = _recipe.GradientCheckpointing ? GradientCheckpointing.Forward(_model.Stages(ids), reseeds: _model.Device.type != TorchSharp.DeviceType.CPU) : null;
        Tensor logits = _checkpointing?.Output ?? _model.call(ids);
        return (nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.None) * shares).sum();
    }

    /// <summary>Runs the model back and adds to the gradients.</summary>
    /// <param name="loss">Result of the last <see cref="Forward"/>.</param>
    public void Backward(Tensor loss)
    {
        if (_checkpointing is not null)
        {
            _checkpointing.Backward(loss);
            _checkpointing = null;
        }
        else
        {
            loss.backward();
        }

        using var _ = no_grad();
        _loss.add_(loss.detach());
    }

    /// <summary>Ends a step: sums over ranks, clips the gradients, sets the learning rate and moves the parameters. If cancelled, no parameter has changed.</summary>
    /// <remarks>This does not wait for a GPU: the loss stays there until <see cref="ReadSteps"/>.</remarks>
    /// <param name="batches">The step's articles, for messages.</param>
    /// <param name="cancellation">Stops all ranks before the parameters change.</param>
    public void OptimizerStep(IReadOnlyList<IReadOnlyList<Example>> batches, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        BytesExchanged = GradientExchange.Sum(_ranks, Trainable, _loss, cancellation);
        Tensor norm = ClipGradients();
        double rate = _schedule.At(StepsDone);
        foreach (var group in _optimizer.ParamGroups)
        {
            group.LearningRate = rate;
        }

        _optimizer.step();
        StepsDone++;
        _unread.Add(new(StepsDone, batches, cat([_loss, norm.to_type(ScalarType.Float64)]).MoveToOuterDisposeScope(), rate));
    }

    /// <summary>The steps since the last call, in one exchange with the device.</summary>
    /// <exception cref="InvalidDataException">A loss or a gradient is no longer a number.</exception>
    public IReadOnlyList<StepResult> ReadSteps()
    {
        if (_unread.Count == 0)
        {
            return [];
        }

        using var scope = NewDisposeScope();
        double[] values = cat([.. _unread.Select(step => step.LossAndNorm)]).cpu().data<double>().ToArray();
        foreach (var (step, i) in _unread.Select((step, i) => (step, i)))
        {
            CheckFinite("loss", values[2 * i], step);
            CheckFinite("gradient", values[(2 * i) + 1], step);
        }

        StepResult[] steps = [.. _unread.Select((step, i) => new StepResult(step.Number, values[2 * i], values[(2 * i) + 1], step.LearningRate))];
        ForgetUnread();
        return steps;
    }

    /// <summary>The parameters that steps change with AdamW's two moments: what a checkpoint saves.</summary>
    public IReadOnlyList<TrainedParameter> Parameters =>
        [.. Trainable.Zip(_optimizer.state_dict().State.Cast<AdamW.State>(), (entry, state) => new TrainedParameter(entry.Name, entry.Value, state.exp_avg, state.exp_avg_sq))];

    /// <summary>Continues as after this many steps; <see cref="Parameters"/> are the caller's to fill.</summary>
    public void ContinueAfter(int steps)
    {
        StepsDone = steps;
        foreach (AdamW.State state in _optimizer.state_dict().State.Cast<AdamW.State>())
        {
            state.step = steps;
        }
    }

    /// <summary>Whether weight decay acts on a parameter: on all but biases and LayerNorms.</summary>
    public static bool IsDecayed(string name) =>
        !name.EndsWith("bias", StringComparison.Ordinal) && !name.Contains("ln_", StringComparison.Ordinal);

    /// <inheritdoc/>
    public void Dispose()
    {
        ForgetUnread();
        _loss.Dispose();
        _optimizer.Dispose();
    }

    private double WeightOf(Example example) => _labelWeights?[example.Label] ?? 1;

    /// <summary>A tensor of the CPU on the model's device; from pinned memory, so that the copy waits for nothing.</summary>
    private Tensor OnDevice(Tensor values) => _model.Device.type == TorchSharp.DeviceType.CUDA ? values.pin_memory().to(_model.Device, non_blocking: true) : values;

    /// <summary>Scales the gradients down to the highest norm allowed, as PyTorch's clip_grad_norm_ does, but without waiting for a GPU.</summary>
    /// <returns>[1]: their norm before.</returns>
    private Tensor ClipGradients()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Tensor[] gradients = [.. Trainable.Select(entry => entry.Value.grad).OfType<Tensor>()];
        Tensor norm = stack([.. gradients.Select(gradient => gradient.norm())]).norm().reshape(1);
        Tensor factor = (_recipe.MaxGradNorm / (norm + 1e-6)).clamp(max: 1);
        foreach (Tensor gradient in gradients)
        {
            gradient.mul_(factor);
        }

        return norm.MoveToOuterDisposeScope();
    }

    private void ForgetUnread()
    {
        _unread.ForEach(step => step.LossAndNorm.Dispose());
        _unread.Clear();
    }

    private void CheckFinite(string what, double value, UnreadStep step)
    {
        if (!double.IsFinite(value))
        {
            string places = string.Join(", ", step.Batches.SelectMany(batch => batch).Select(example => example.Place));
            throw new InvalidDataException($"step {step.Number} of {TotalSteps}, the articles of {places}: the {what} must be finite; found {value}. A lower --learning-rate may help.");
        }
    }

    private sealed record UnreadStep(int Number, IReadOnlyList<IReadOnlyList<Example>> Batches, Tensor LossAndNorm, double LearningRate);
}
