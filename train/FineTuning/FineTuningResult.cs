using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.Training;

namespace FakeNewsOnnx.Train.FineTuning;

/// <summary>All that a finished run has measured.</summary>
/// <param name="Manifest">The adapter's manifest, complete.</param>
/// <param name="State">The run's history.</param>
/// <param name="Metrics">Its <c>metrics.json</c>.</param>
/// <param name="Part">The articles that show how good it is: the held-out ones, or the validation articles where none were held out.</param>
/// <param name="Predictions">Probabilities that the trained model, at its temperature, gives them, in their order.</param>
internal sealed record FineTuningResult(Manifest Manifest, TrainerState State, MetricsFile Metrics, SplitPart Part, Predictions Predictions);
