using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace FakeNewsOnnx.Train.Report.Plots;

/// <summary>Plots in the page's manner.</summary>
internal static class Chart
{
    private const double FontSize = 13;

    /// <summary>An empty plot with two axes.</summary>
    public static PlotModel Create(Axis bottom, Axis left)
    {
        var plot = new PlotModel
        {
            TextColor = PlotColors.Ink,
            PlotAreaBorderColor = PlotColors.Grid,
            DefaultFontSize = FontSize,
            Padding = new(4, 8, 12, 4),
        };
        bottom.Position = AxisPosition.Bottom;
        left.Position = AxisPosition.Left;
        foreach (Axis axis in (Axis[])[bottom, left])
        {
            axis.MajorGridlineStyle = LineStyle.Solid;
            axis.MajorGridlineColor = PlotColors.Grid;
            axis.MinorTickSize = 0;
            axis.MajorTickSize = 4;
            axis.TicklineColor = PlotColors.Grid;
            axis.AxislineColor = PlotColors.Grid;
            axis.MajorGridlineThickness = 1;
            axis.AxisTitleDistance = 8;
            plot.Axes.Add(axis);
        }

        return plot;
    }

    /// <summary>An axis that fits its values.</summary>
    public static LinearAxis Axis(string title) => new() { Title = title, MinimumPadding = 0.03, MaximumPadding = 0.05 };

    /// <summary>An axis from 0 to 1.</summary>
    public static LinearAxis UnitAxis(string title) => new() { Title = title, Minimum = 0, Maximum = 1, MajorStep = 0.2, StringFormat = "0.0" };

    /// <summary>A curve in the colour of its place.</summary>
    public static LineSeries Line(int place, IEnumerable<(double X, double Y)> points, bool hasMarkers)
    {
        var line = new LineSeries
        {
            Color = PlotColors.Series(place),
            StrokeThickness = 2,
            MarkerType = hasMarkers ? MarkerType.Circle : MarkerType.None,
            MarkerFill = PlotColors.Series(place),
            MarkerSize = 3.5,
        };
        line.Points.AddRange(points.Select(point => new DataPoint(point.X, point.Y)));
        return line;
    }

    /// <summary>From (0, 0) to (1, 1).</summary>
    public static LineAnnotation Diagonal() => new() { Type = LineAnnotationType.LinearEquation, Slope = 1, Intercept = 0, Color = PlotColors.Ink, LineStyle = LineStyle.Dash, StrokeThickness = 1 };
}
