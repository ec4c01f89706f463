using OxyPlot;

namespace FakeNewsOnnx.Train.Report.Plots;

/// <summary>
/// Room for texts in the font that the reader's system has. OxyPlot's own measure is Helvetica's in points, although sizes are in pixels;
/// it needs no font on this machine, so that the same data gives the same page everywhere.
/// </summary>
internal sealed class PageTextMeasurer() : PdfRenderContext(1, 1, OxyColors.Transparent)
{
    private const double PixelsPerPoint = 96.0 / 72, WidestFont = 1.1;

    /// <inheritdoc/>
    public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight)
    {
        OxySize points = base.MeasureText(text, fontFamily, fontSize, fontWeight);
        return new(points.Width * PixelsPerPoint * WidestFont, points.Height * PixelsPerPoint);
    }
}
