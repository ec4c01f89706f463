using FakeNewsOnnx.Train.Recipes;

namespace FakeNewsOnnx.Train.Training;

/// <summary>The learning rate of each step, as Transformers' get_*_schedule functions give it.</summary>
internal sealed class LearningRateSchedule(Recipe recipe, int totalSteps)
{
    private readonly int _warmup = recipe.WarmupSteps > 0 ? recipe.WarmupSteps : (int)Math.Ceiling(totalSteps * recipe.WarmupRatio);

    /// <param name="step">Steps that were taken before: 0, 1, …</param>
    public double At(int step) => recipe.LearningRate * Factor(step);

    private double Factor(int step)
    {
        if (step < _warmup)
        {
            return (double)step / _warmup;
        }

        double progress = (double)(step - _warmup) / Math.Max(1, totalSteps - _warmup);
        return recipe.SchedulerType switch
        {
            SchedulerType.Linear => Math.Max(0, 1 - progress),
            SchedulerType.Cosine => Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * progress))),
            _ => 1,
        };
    }
}
