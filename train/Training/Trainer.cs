using FakeNewsOnnx.Train.Distributed;
using FakeNewsOnnx.Train.Lora;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Training;

/// <summary>One optimizer step.</summary>
/// <param name="Number">1, 2, …, counted over all epochs.</param>
/// <param name="Loss">Cross-entropy, averaged over the articles of a batch and over the batches.</param>
/// <param name="GradientNorm">L2 norm of all gradients before clipping.</param>
/// <param name="LearningRate">The rate that the step used.</param>
internal readonly record struct StepResult(int Number, double Loss, double GradientNorm, double LearningRate);

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

    /// <summary>The next step; dropout is on if the model is in training mode. When it is cancelled, no parameter has changed.</summary>
    /// <remarks>Nothing in here waits for a GPU: its loss stays there until <see cref="ReadSteps"/>.</remarks>
    /// <param name="batches">As many batches as are accumulated.</param>
    /// <param name="cancellation">Looked at between the parts of a batch.</param>
    public void Step(IReadOnlyList<IReadOnlyList<Example>> batches, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        _optimizer.zero_grad();
        if (_ranks.Size > 1 || _model.Device.type != TorchSharp.DeviceType.CPU)
        {
            manual_seed(_ranks.SeedOf(_recipe.Seed, StepsDone)); // each rank draws its own dropouts; checkpoints hold the state of the CPU's generator alone
        }

        Tensor loss = zeros(1, ScalarType.Float64, _model.Device);
        foreach (IReadOnlyList<Example> batch in batches)
        {
            double weight = batch.Sum(WeightOf) * batches.Count;
            IReadOnlyList<Example> share = _ranks.Share(batch, example => example.TokenCount);
            foreach (IReadOnlyList<Example> part in BatchSampler.Parts(share, _recipe.MaxBatchTokens).TakeWhile(_ => !cancellation.IsCancellationRequested))
            {
                loss.add_(Backward(part, weight));
            }
        }

        SumOverRanks(loss, cancellation);
        Tensor norm = ClipGradients();
        double rate = _schedule.At(StepsDone);
        foreach (var group in _optimizer.ParamGroups)
        {
            group.LearningRate = rate;
        }

        _optimizer.step();
        StepsDone++;
        _unread.Add(new(StepsDone, batches, cat([loss, norm.to_type(ScalarType.Float64)]).MoveToOuterDisposeScope(), rate));
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

    /// <summary>AdamW's two moments of each trainable parameter, once a step was taken.</summary>
    public IEnumerable<(string Name, Tensor First, Tensor Second)> Moments() =>
        Trainable.Zip(_optimizer.state_dict().State.Cast<AdamW.State>(), (entry, state) => (entry.Name, state.exp_avg, state.exp_avg_sq));

    /// <summary>Goes on as after this many steps; parameters and <see cref="Moments"/> are the caller's to set.</summary>
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
        _optimizer.Dispose();
    }

    private double WeightOf(Example example) => _labelWeights?[example.Label] ?? 1;

    /// <summary>Adds the gradient of a part of a batch and returns its share of the loss.</summary>
    private Tensor Backward(IReadOnlyList<Example> part, double totalWeight)
    {
        using var scope = NewDisposeScope();
        TokenBatch tokens = TokenBatch.Pack([.. part.Select(example => example.InputIds)], _padTokenId);
        Tensor ids = OnDevice(tensor(tokens.InputIds, [tokens.Rows, tokens.Columns]));
        Tensor labels = OnDevice(tensor([.. part.Select(example => (long)example.Label)], [part.Count]));
        Tensor shares = OnDevice(tensor([.. part.Select(example => (float)(WeightOf(example) / totalWeight))], [part.Count]));
        if (_recipe.GradientCheckpointing)
        {
            return GradientCheckpointing.Backward(_model.Stages(ids), Loss, reseeds: _model.Device.type != TorchSharp.DeviceType.CPU).MoveToOuterDisposeScope();
        }

        Tensor loss = Loss(_model.forward(ids, null));
        loss.backward();
        return loss.detach().MoveToOuterDisposeScope();

        Tensor Loss(Tensor logits) => (nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.None) * shares).sum();
    }

    /// <summary>A tensor of the CPU on the model's device; from pinned memory, so that the copy waits for nothing.</summary>
    private Tensor OnDevice(Tensor values) => _model.Device.type == TorchSharp.DeviceType.CUDA ? values.pin_memory().to(_model.Device, non_blocking: true) : values;

    /// <summary>Gives every rank the gradient and the loss of the whole batch, in one exchange; stops all ranks if one was told to stop.</summary>
    private void SumOverRanks(Tensor loss, CancellationToken cancellation)
    {
        if (_ranks.Size == 1)
        {
            cancellation.ThrowIfCancellationRequested();
            return;
        }

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Tensor[] gradients = [.. Trainable.Select(entry => entry.Value.grad ?? (entry.Value.grad = zeros_like(entry.Value)))];
        float[] values = [.. cat([.. gradients.Select(gradient => gradient.flatten())]).cpu().data<float>(), (float)loss.item<double>(), cancellation.IsCancellationRequested ? 1 : 0];
        _ranks.Sum(values);
        BytesExchanged = values.LongLength * sizeof(float);
        if (values[^1] > 0)
        {
            throw new OperationCanceledException(cancellation);
        }

        Tensor sums = tensor(values[..^2], device: _model.Device);
        foreach (var (gradient, sum) in gradients.Zip(sums.split([.. gradients.Select(gradient => gradient.numel())])))
        {
            gradient.copy_(sum.view_as(gradient));
        }

        loss.fill_(values[^2]);
    }

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
