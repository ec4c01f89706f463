using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using System.Xml.Linq;

namespace FakeNewsOnnx.Train.Report;

/// <summary>
/// A piece of a page. Titles, texts, labels and file names come from strangers, so no way to make one takes a text for markup:
/// <see cref="Of"/> and <see cref="OfXml"/> encode texts, and a resource is this program's own.
/// </summary>
internal readonly struct Html
{
    private readonly string? _markup;

    private Html(string markup) => _markup = markup;

    /// <summary>Literal markup with holes: a text is encoded, a piece of a page is not. An attribute's hole stands in double quotes.</summary>
    public static Html Of(HtmlText text) => new(text.ToMarkup());

    /// <summary>An element of SVG.</summary>
    public static Html OfXml(XElement element) => new(element.ToString(SaveOptions.DisableFormatting));

    /// <summary>A file that is built into this program.</summary>
    public static Html OfResource(string name)
    {
        using var reader = new StreamReader(typeof(Html).Assembly.GetManifestResourceStream(name)!);
        return new(reader.ReadToEnd().ReplaceLineEndings("\n"));
    }

    /// <inheritdoc/>
    public override string ToString() => _markup ?? "";
}

/// <summary>What the compiler makes of <c>Html.Of($"…")</c>. A number has no hole: how it is written is decided where it is written.</summary>
[InterpolatedStringHandler]
internal readonly struct HtmlText
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly StringBuilder _markup;

    public HtmlText(int literalLength, int holes) => _markup = new(literalLength + (16 * holes));

    public void AppendLiteral(string markup) => _markup.Append(markup);

    public void AppendFormatted(string? text) => _markup.Append(Encoder.Encode(text ?? ""));

    public void AppendFormatted(Html piece) => _markup.Append(piece);

    public void AppendFormatted(IEnumerable<Html> pieces) => _markup.AppendJoin("", pieces);

    public string ToMarkup() => _markup.ToString();
}
