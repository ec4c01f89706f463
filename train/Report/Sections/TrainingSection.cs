using FakeNewsOnnx.Train.Report.Plots;
using FakeNewsOnnx.Train.Training;
using OxyPlot;
using OxyPlot.Annotations;

namespace FakeNewsOnnx.Train.Report.Sections;

/// <summary>Loss and learning rate over the epochs.</summary>
internal static class TrainingSection
{
    public static Section? Create(ReportData data) => data.Training is not { History.Count: > 0 } state ? null : new("training", "Training", Html.Of($"""
        <div class="figures">
        {LossFigure(state)}{RateFigure(state)}</div>
        {Evaluations(state)}
        """));

    private static Html LossFigure(TrainerState state)
    {
        PlotModel plot = Chart.Create(Chart.Axis("epoch"), Chart.Axis("loss (nats)"));
        plot.Series.Add(Chart.Line(0, state.History.Where(entry => entry.Loss is not null).Select(entry => (entry.Epoch, entry.Loss!.Value)), hasMarkers: false));
        plot.Series.Add(Chart.Line(1, state.History.Where(entry => entry.EvalLoss is not null).Select(entry => (entry.Epoch, entry.EvalLoss!.Value)), hasMarkers: true));
        LogEntry best = state.BestEntry;
        plot.Annotations.Add(new LineAnnotation { Type = LineAnnotationType.Vertical, X = best.Epoch, Color = PlotColors.Ink, LineStyle = LineStyle.Dash, StrokeThickness = 1 });
        return new PlotFigure("plot-loss", "Loss", $"Training and validation loss by epoch; the lowest point kept is at epoch {Text.Short(best.Epoch)} with a validation loss of {Text.Three(best.EvalLoss)}.")
        {
            Legend = ["training", "validation"],
            Caption = $"Dashed: the weights that were kept, epoch {Text.Short(best.Epoch)}.",
        }.Write(plot);
    }

    private static Html RateFigure(TrainerState state)
    {
        (double, double)[] rates = [.. state.History.Where(entry => entry.LearningRate is not null).Select(entry => (entry.Epoch, entry.LearningRate!.Value))];
        PlotModel plot = Chart.Create(Chart.Axis("epoch"), Chart.Axis("learning rate"));
        plot.Series.Add(Chart.Line(0, rates, hasMarkers: rates.Length == 1));
        return new PlotFigure("plot-rate", "Learning rate", "Learning rate by epoch, as it was logged.") { Caption = "Of the last step before each log entry." }.Write(plot);
    }

    private static Html Evaluations(TrainerState state)
    {
        var rows = new List<IReadOnlyList<string>>();
        double? loss = null;
        foreach (LogEntry entry in state.History)
        {
            loss = entry.Loss ?? loss;
            if (entry.EvalLoss is { } validationLoss)
            {
                rows.Add([Text.Short(entry.Epoch), Text.Count(entry.Step), Text.Three(loss), Text.Three(validationLoss), Text.Three(entry.EvalAccuracy), entry.Step == state.BestStep ? "kept" : ""]);
            }
        }

        return Table.Write("Evaluations on the validation articles", ["#Epoch", "#Step", "#Training loss", "#Validation loss", "#Validation accuracy", ""], rows);
    }
}
