using FakeNewsOnnx.Train.Training;

namespace FakeNewsOnnx.Tests.Train;

internal static class TrainerSteps
{
    /// <summary>Takes one step and reads it.</summary>
    public static StepResult TakeStep(this Trainer trainer, IReadOnlyList<IReadOnlyList<Example>> batches)
    {
        trainer.Step(batches);
        return trainer.ReadSteps().Single();
    }
}
