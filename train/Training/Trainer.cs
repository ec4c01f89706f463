using FakeNewsOnnx.Train.Lora;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Training;

/// <summary>How one epoch ended.</summary>
/// <param name="Number">1, 2, ….</param>
/// <param name="TrainingLoss">Mean loss of the epoch's steps, with dropout.</param>
/// <param name="Validation">Of the validation articles, after the epoch.</param>
internal sealed record EpochResult(int Number, double TrainingLoss, Evaluation Validation);

/// <summary>One optimizer step.</summary>
/// <param name="Number">1, 2, …, counted over all epochs.</param>
/// <param name="Total">Steps of the whole run.</param>
/// <param name="Loss">Mean cross-entropy of the batch.</param>
/// <param name="GradientNorm">L2 norm of all gradients before clipping.</param>
/// <param name="LearningRate">The rate that the step used.</param>
internal readonly record struct StepResult(int Number, int Total, double Loss, double GradientNorm, double LearningRate);

/// <summary>
/// Fine-tunes what is trainable in a model as Transformers' Trainer does: AdamW (β 0.9 and 0.999, ε 1e-8, decay on every weight
/// but biases and LayerNorms, of which none is trainable here), gradients clipped to a norm, a learning rate that falls
/// linearly to 0, batches padded to their longest row.
/// </summary>
internal sealed class Trainer
{
    private readonly Gpt2ForSequenceClassification _model;
    private readonly Recipe _recipe;
    private readonly int _padTokenId;
    private readonly IReadOnlyList<(string Name, Parameter Value)> _trainable;

    public Trainer(Gpt2ForSequenceClassification model, Recipe recipe, int padTokenId)
    {
        _model = model;
        _recipe = recipe;
        _padTokenId = padTokenId;
        _trainable = ModelLoader.Trainable(model);
    }

    /// <summary>Steps of a run over so many articles; an epoch's last batch may be smaller than the others.</summary>
    public int TotalSteps(int articles) => _recipe.Epochs * StepsPerEpoch(articles);

    /// <summary>Trains for the recipe's epochs and leaves the model as it was after the epoch with the lowest validation loss.</summary>
    /// <returns>The best epoch.</returns>
    /// <exception cref="InvalidDataException">The loss is no longer a number.</exception>
    public EpochResult Fit(IReadOnlyList<Example> train, IReadOnlyList<Example> validation, Action<StepResult> onStep, Action<EpochResult> onEpoch, CancellationToken cancellation)
    {
        using optim.Optimizer optimizer = optim.AdamW(_trainable.Select(entry => entry.Value), _recipe.LearningRate, weight_decay: _recipe.WeightDecay);
        int total = TotalSteps(train.Count);
        int step = 0;
        EpochResult? best = null;
        List<Tensor> bestValues = [];
        try
        {
            for (int epoch = 1; epoch <= _recipe.Epochs; epoch++)
            {
                _model.train();
                double loss = 0;
                foreach (long[] batch in Order(train.Count, epoch).Chunk(_recipe.TrainBatchSize))
                {
                    cancellation.ThrowIfCancellationRequested();
                    StepResult result = Step(optimizer, [.. batch.Select(i => train[(int)i])], ++step, total);
                    loss += result.Loss;
                    onStep(result);
                }

                var ended = new EpochResult(epoch, loss / StepsPerEpoch(train.Count), Evaluation.Run(_model, validation, _recipe.EvalBatchSize, _padTokenId, cancellation));
                onEpoch(ended);
                if (best is null || ended.Validation.Loss < best.Validation.Loss)
                {
                    best = ended;
                    bestValues.ForEach(value => value.Dispose());
                    bestValues = [.. _trainable.Select(entry => entry.Value.detach().clone())];
                }
            }

            Restore(bestValues);
            return best!;
        }
        finally
        {
            bestValues.ForEach(value => value.Dispose());
        }
    }

    private int StepsPerEpoch(int articles) => (articles + _recipe.TrainBatchSize - 1) / _recipe.TrainBatchSize;

    /// <summary>One step over one batch.</summary>
    private StepResult Step(optim.Optimizer optimizer, IReadOnlyList<Example> batch, int number, int total)
    {
        using var scope = NewDisposeScope();
        double rate = _recipe.LearningRate * (total - number + 1) / total;
        foreach (var group in optimizer.ParamGroups)
        {
            group.LearningRate = rate;
        }

        TokenBatch tokens = TokenBatch.Pack([.. batch.Select(example => example.InputIds)], _padTokenId);
        Tensor logits = _model.forward(tensor(tokens.InputIds, [tokens.Rows, tokens.Columns]), null);
        Tensor loss = nn.functional.cross_entropy(logits, tensor([.. batch.Select(example => (long)example.Label)], [batch.Count]));
        double lossValue = loss.item<float>();
        if (!double.IsFinite(lossValue))
        {
            throw new InvalidDataException($"step {number} of {total}: the loss must be a finite number; found {lossValue}. A lower --learning-rate may help.");
        }

        optimizer.zero_grad();
        loss.backward();
        double norm = nn.utils.clip_grad_norm_(_trainable.Select(entry => entry.Value), _recipe.MaxGradNorm);
        optimizer.step();
        return new(number, total, lossValue, norm, rate);
    }

    /// <summary>The order of an epoch's articles: torch.randperm from the seed and the epoch.</summary>
    private long[] Order(int count, int epoch)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)(_recipe.Seed + epoch - 1));
        return randperm(count, generator: generator).data<long>().ToArray();
    }

    private void Restore(List<Tensor> values)
    {
        using var _ = no_grad();
        foreach (var (entry, value) in _trainable.Zip(values))
        {
            entry.Value.copy_(value);
        }
    }
}
