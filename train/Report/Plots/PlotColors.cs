using OxyPlot;

namespace FakeNewsOnnx.Train.Report.Plots;

/// <summary>
/// The colours that plots are drawn with. They are names, not colours: <see cref="PlotFigure"/> turns each into a class, and the style sheet
/// gives it a colour that reads on the ground that the reader has.
/// </summary>
internal static class PlotColors
{
    public static readonly OxyColor Ink = OxyColor.FromRgb(0, 0, 1);
    public static readonly OxyColor Grid = OxyColor.FromRgb(0, 0, 2);

    private static readonly OxyColor[] SeriesColors = [.. Enumerable.Range(3, 4).Select(i => OxyColor.FromRgb(0, 0, (byte)i))];

    /// <summary>The colour of a curve; after the last one it starts again.</summary>
    public static OxyColor Series(int i) => SeriesColors[i % SeriesColors.Length];

    /// <summary>Its name for the style sheet.</summary>
    public static string SeriesName(int i) => $"series-{i % SeriesColors.Length}";

    /// <summary>The name of a colour in OxyPlot's SVG; null for none.</summary>
    /// <exception cref="InvalidOperationException">A plot was drawn with a colour that is not from here.</exception>
    public static string? NameOf(string svgColor)
    {
        if (svgColor == "none")
        {
            return null;
        }

        int series = Array.FindIndex(SeriesColors, color => SvgOf(color) == svgColor);
        return series >= 0 ? SeriesName(series)
            : svgColor == SvgOf(Ink) ? "ink"
            : svgColor == SvgOf(Grid) ? "grid"
            : throw new InvalidOperationException($"'{svgColor}' is not a colour of {nameof(PlotColors)}.");
    }

    private static string SvgOf(OxyColor color) => FormattableString.Invariant($"rgb({color.R},{color.G},{color.B})");
}
