namespace FakeNewsOnnx.Train.Audit;

/// <summary>Something about an article's form that it has or has not.</summary>
/// <param name="Group">The finding that it belongs to.</param>
/// <param name="Name">What it is, as the subject of a sentence.</param>
/// <param name="IsIn">Looks for it.</param>
internal sealed record Mark(MarkGroup Group, string Name, Func<Article, bool> IsIn)
{
    /// <summary>All that are looked for, at most 32.</summary>
    public static IReadOnlyList<Mark> All { get; } =
    [
        new(MarkGroup.Datelines, "a dateline such as 'LONDON (Reuters) - '", article => Patterns.Dateline().IsMatch(article.Content!)),
        new(MarkGroup.ImageCredits, "an image credit such as 'Photo by'", article => Patterns.HasImageCredit(article.Content!)),
        new(MarkGroup.QuoteStyles, "an ASCII apostrophe (') inside a word", article => Patterns.AsciiApostrophe().IsMatch(article.Content!)),
        new(MarkGroup.QuoteStyles, "a typographic apostrophe (’) inside a word", article => Patterns.CurlyApostrophe().IsMatch(article.Content!)),
        new(MarkGroup.QuoteStyles, "an ASCII quotation mark (\")", article => article.Content!.Contains('"', StringComparison.Ordinal)),
        new(MarkGroup.QuoteStyles, "a typographic quotation mark (“ ”)", article => article.Content!.AsSpan().ContainsAny('“', '”')),
        new(MarkGroup.Punctuation, "a typographic dash (– —)", article => article.Content!.AsSpan().ContainsAny('–', '—')),
        new(MarkGroup.Punctuation, "a double hyphen (--)", article => article.Content!.Contains("--", StringComparison.Ordinal)),
        new(MarkGroup.Punctuation, "a typographic ellipsis (…)", article => article.Content!.Contains('…', StringComparison.Ordinal)),
        new(MarkGroup.Punctuation, "three dots (...)", article => article.Content!.Contains("...", StringComparison.Ordinal)),
        new(MarkGroup.Punctuation, "two spaces in a row", article => article.Content!.Contains("  ", StringComparison.Ordinal)),
        new(MarkGroup.Punctuation, "a no-break space", article => article.Content!.Contains('\u00A0', StringComparison.Ordinal)),
        new(MarkGroup.Punctuation, "a line break", article => article.Content!.AsSpan().Trim().Contains('\n')),
        new(MarkGroup.Punctuation, "an HTML tag or entity", article => article.Content!.AsSpan().ContainsAny('<', '&') && Patterns.Html().IsMatch(article.Content!)),
        new(MarkGroup.Punctuation, "a handle or hashtag", article => article.Content!.AsSpan().ContainsAny('@', '#') && Patterns.HandleOrHashtag().IsMatch(article.Content!)),
        new(MarkGroup.Punctuation, "a web address", article => Patterns.HasWebAddress(article.Content!)),
        new(MarkGroup.Punctuation, "an exclamation mark in the title", article => article.Title!.Contains('!', StringComparison.Ordinal)),
        new(MarkGroup.Punctuation, "a question mark in the title", article => article.Title!.Contains('?', StringComparison.Ordinal)),
        new(MarkGroup.Punctuation, "a bracket in the title", article => article.Title!.AsSpan().ContainsAny('(', '[')),
        new(MarkGroup.Punctuation, "a word of capitals in the title", article => Patterns.CapitalWord().IsMatch(article.Title!)),
    ];

    /// <summary>One bit for each mark that an article has.</summary>
    public static uint Find(Article article)
    {
        uint found = 0;
        foreach (var (i, mark) in All.Index())
        {
            found |= mark.IsIn(article) ? 1u << i : 0;
        }

        return found;
    }
}

/// <summary>The findings that marks are reported in.</summary>
internal enum MarkGroup
{
    Datelines,
    ImageCredits,
    QuoteStyles,
    Punctuation,
}
