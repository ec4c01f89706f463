using TorchSharp.Modules;
using static TorchSharp.torch.utils.tensorboard;

namespace FakeNewsOnnx.Train.Training;

/// <summary>Writes the history as TensorBoard event files, with the tags of Transformers' callback.</summary>
/// <param name="folder">The folder that <c>tensorboard --logdir</c> is given.</param>
internal sealed class TensorBoardLog(string folder)
{
    private readonly Lazy<SummaryWriter> _writer = new(() => SummaryWriter(folder)); // a run that is cancelled before its first entry leaves no file

    /// <summary>Adds the values of an entry at its step.</summary>
    public void Add(LogEntry entry)
    {
        Add("train/loss", entry.Loss, entry.Step);
        Add("train/grad_norm", entry.GradientNorm, entry.Step);
        Add("train/learning_rate", entry.LearningRate, entry.Step);
        Add("train/epoch", entry.Epoch, entry.Step);
        Add("eval/loss", entry.EvalLoss, entry.Step);
        Add("eval/accuracy", entry.EvalAccuracy, entry.Step);
    }

    private void Add(string tag, double? value, int step)
    {
        if (value is { } number)
        {
            _writer.Value.add_scalar(tag, (float)number, step);
        }
    }
}
