using System.Globalization;
using System.Xml.Linq;
using OxyPlot;

namespace FakeNewsOnnx.Train.Report.Plots;

/// <summary>A plot as SVG that takes its colours from the page, with a legend and a caption in HTML. A plot holds no text but numbers and our own words.</summary>
/// <param name="Id">Unique on the page.</param>
/// <param name="Title">What is plotted.</param>
/// <param name="Description">What it shows, for readers who do not see it.</param>
internal sealed record PlotFigure(string Id, string Title, string Description)
{
    private const double Width = 460, Height = 300;

    /// <summary>What the colours of the curves mean, in their order.</summary>
    public IReadOnlyList<string> Legend { get; init; } = [];

    /// <summary>How to read it.</summary>
    public required string Caption { get; init; }

    public Html Write(PlotModel plot)
    {
        IEnumerable<Html> keys = Legend.Select((text, i) => Html.Of($"""<li><span class="key {PlotColors.SeriesName(i)}"></span>{text}</li>"""));
        Html legend = Legend.Count == 0 ? default : Html.Of($"""<ul class="legend">{keys}</ul>""");
        return Html.Of($"""
            <figure>
            <h3>{Title}</h3>
            {legend}
            {Html.OfXml(Svg(plot))}
            <figcaption>{Caption}</figcaption>
            </figure>

            """);
    }

    private XElement Svg(PlotModel plot)
    {
        string svg = new SvgExporter { Width = Width, Height = Height, TextMeasurer = new PageTextMeasurer() }.ExportToString(plot);
        XElement root = XDocument.Parse(svg).Root!;
        XNamespace ns = root.Name.Namespace;
        root.ReplaceAttributes(
            new XAttribute("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {Width} {Height}")),
            new XAttribute("class", "plot"),
            new XAttribute("role", "img"),
            new XAttribute("aria-labelledby", $"{Id}-title {Id}-desc"));
        foreach (XElement element in root.Descendants())
        {
            UsePageStyle(element);
        }

        root.AddFirst(
            new XElement(ns + "title", new XAttribute("id", $"{Id}-title"), Title),
            new XElement(ns + "desc", new XAttribute("id", $"{Id}-desc"), Description));
        return root;
    }

    /// <summary>Colours become classes and other styles attributes, since the page allows no style but its style sheet; ids become the page's.</summary>
    private void UsePageStyle(XElement element)
    {
        element.Attribute("font-family")?.Remove();
        if (element.Attribute("style") is { } style)
        {
            style.Remove();
            foreach (string[] entry in style.Value.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(entry => entry.Split(':')))
            {
                element.SetAttributeValue(entry[0], entry[1]);
            }
        }

        foreach (string property in (string[])["fill", "stroke"])
        {
            if (element.Attribute(property) is { } color && PlotColors.NameOf(color.Value) is { } name)
            {
                color.Remove();
                element.SetAttributeValue("class", $"{(string?)element.Attribute("class")} {property}-{name}".TrimStart());
            }
        }

        if (element.Attribute("id") is { } id)
        {
            id.Value = $"{Id}-{id.Value}";
        }

        if (element.Attribute("clip-path") is { } clip)
        {
            clip.Value = clip.Value.Replace("url(#", $"url(#{Id}-", StringComparison.Ordinal);
        }
    }
}
