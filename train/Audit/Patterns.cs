using System.Buffers;
using System.Text.RegularExpressions;

namespace FakeNewsOnnx.Train.Audit;

/// <summary>Traces of where a text comes from, which say nothing about its truth. No pattern can take longer than its text.</summary>
internal static partial class Patterns
{
    private static readonly SearchValues<string> CreditWords = SearchValues.Create(
        ["image", "photo", "picture", "screen", "getty", "ap images", "shutterstock", "flickr", "reuters/"], StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<string> Domains = SearchValues.Create(
        [".com", ".org", ".net", ".info", ".gov", ".edu", ".news", ".tv", ".co.uk", ".ru"], StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether <see cref="ImageCredit"/> is in a text; few texts have one of its words, so few are searched.</summary>
    public static bool HasImageCredit(string text) => text.AsSpan().ContainsAny(CreditWords) && ImageCredit().IsMatch(text);

    /// <summary>Whether <see cref="WebAddress"/> is in a text.</summary>
    public static bool HasWebAddress(string text) => text.AsSpan().ContainsAny(Domains) && WebAddress().IsMatch(text);

    /// <summary>What leads a news agency's or a newspaper's article: "NEW YORK (Reuters) - ", "WASHINGTON—", "KIEV, Ukraine (AP) — ".</summary>
    [GeneratedRegex("""
        \A\s*
        (?: (?<place>\p{Lu}[\p{Lu}.'’][\p{Lu}.'’/\ ]{0,60}) (?:,\s\p{Lu}[\p{L}.]{1,20}){0,2} (?:/\p{Lu}[\p{Lu}.\ ]{1,40})? (?:,?\s\p{Lu}\p{L}{2,8}\.?\s\d{1,2})? \s*
            (?:\([\p{L}\d][\p{L}\d.&/'’\ ]{0,40}\)\s*)?
          | \(\p{Lu}[\p{L}.&/\ ]{0,40}\)\s* )
        (?: (?<=\s)[-–—]{1,2}\s+ | —\s* | --\s* )
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    public static partial Regex Dateline();

    /// <summary>Who an image is from: "Photo by Jane Doe/Getty Images", "Featured image via Flickr".</summary>
    [GeneratedRegex("""
        (?: \b(?:featured\s+|feature\s+|header\s+|lead\s+)?(?:image|photo|photograph|picture|screenshot|screen\s?grab|screen\s?capture)s?(?:\s+(?:credit|courtesy|source))?
            (?:\s+(?:via|by|from|courtesy\s+of|of)\s+|\s*:\s*|\s+via\s+) (?-i:(?=[\p{Lu}@])(?:[\p{Lu}@][\p{L}\d.'’@_-]{0,30}[\ /|,]{0,2}){0,6})
          | \b(?:[\p{L}.'’]{1,30}[\ /]){0,3}(?-i:Getty\s+Images|GettyImages|AP\s+Photo|AP\s+Images|AFP\s+PHOTO|Shutterstock|iStock(?:photo)?|Flickr|REUTERS/\p{Lu}[\p{L}.'’-]{0,30}(?:\s\p{Lu}[\p{L}.'’-]{0,30})?)
            (?:/\p{L}[\p{L}.'’\ -]{0,40})? )
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    public static partial Regex ImageCredit();

    /// <summary>' in a word.</summary>
    [GeneratedRegex(@"\p{L}'\p{L}", RegexOptions.CultureInvariant)]
    public static partial Regex AsciiApostrophe();

    /// <summary>’ in a word.</summary>
    [GeneratedRegex(@"\p{L}’\p{L}", RegexOptions.CultureInvariant)]
    public static partial Regex CurlyApostrophe();

    /// <summary>Quotes and apostrophes that cleaning writes in ASCII.</summary>
    [GeneratedRegex("[‘’‚‛ʼ“”„‟]", RegexOptions.CultureInvariant)]
    public static partial Regex CurlyQuote();

    /// <summary>An address on the web, or what looks like one: the site is the group "site".</summary>
    [GeneratedRegex(@"(?:https?://|\bwww\.|(?<![@\p{L}\d.-]))(?:www\.)?(?<site>(?:[a-z\d-]{1,63}\.){1,4}(?:com|org|net|info|gov|edu|news|tv|co\.uk|ru))\b(?![.-]?[\p{L}\d])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    public static partial Regex WebAddress();

    /// <summary>An HTML tag or entity.</summary>
    [GeneratedRegex(@"</?(?:a|p|b|i|u|br|em|div|img|span|strong|script|iframe|blockquote)\b[^<>]{0,200}>|&(?:[a-z]{2,8}|#\d{1,5});", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    public static partial Regex Html();

    /// <summary>@name or #topic.</summary>
    [GeneratedRegex(@"(?:^|[\s(])[@#]\p{L}\w+", RegexOptions.CultureInvariant)]
    public static partial Regex HandleOrHashtag();

    /// <summary>A word of capitals.</summary>
    [GeneratedRegex(@"\b\p{Lu}{4,}\b", RegexOptions.CultureInvariant)]
    public static partial Regex CapitalWord();
}
