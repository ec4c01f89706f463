using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Training;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Tests.Train;

internal static class TrainerSteps
{
    /// <summary>Takes one step, as the loop of a run does.</summary>
    public static void Step(this Trainer trainer, IReadOnlyList<IReadOnlyList<Example>> batches)
    {
        trainer.ZeroGradients();
        foreach (MicroBatch part in trainer.Split(batches))
        {
            using var scope = NewDisposeScope();
            trainer.Backward(trainer.Forward(part));
        }

        trainer.OptimizerStep(batches);
    }

    /// <summary>Takes one step and reads it.</summary>
    public static StepResult TakeStep(this Trainer trainer, IReadOnlyList<IReadOnlyList<Example>> batches)
    {
        trainer.Step(batches);
        return trainer.ReadSteps().Single();
    }
}
