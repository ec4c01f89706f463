using System.Collections.Frozen;

namespace FakeNewsOnnx;

/// <summary>
/// Cuts text into sentences by rules for English news: a sentence ends with a line, or with <c>. ! ? …</c> and the quotes and
/// brackets that close after it, unless a small letter follows or the stop belongs to an abbreviation.
/// </summary>
public static class Sentences
{
    /// <summary>A stop after one of these never ends a sentence.</summary>
    private static readonly FrozenSet<string> Titles = FrozenSet.Create(
        StringComparer.Ordinal,
        "Mr", "Mrs", "Ms", "Mx", "Dr", "Prof", "Sen", "Sens", "Rep", "Reps", "Gov", "Govs", "Gen", "Lt", "Col", "Sgt", "Capt", "Cmdr", "Adm", "Maj", "Cpl", "Spc", "Pvt",
        "Rev", "Fr", "Msgr", "Hon", "Pres", "Amb", "Det", "Supt", "Atty", "St", "Mt", "Ft", "vs", "v", "cf", "e.g", "i.e",
        "Jan", "Feb", "Mar", "Apr", "Jun", "Jul", "Aug", "Sep", "Sept", "Oct", "Nov", "Dec");

    /// <summary>A stop after one of these, an initial or an acronym ends a sentence only if one of <see cref="Openers"/> follows.</summary>
    private static readonly FrozenSet<string> Abbreviations = FrozenSet.Create(
        StringComparer.Ordinal,
        "Inc", "Corp", "Co", "Cos", "Ltd", "Bros", "Jr", "Sr", "Ave", "Blvd", "Rd", "Dept", "Assn", "etc", "al", "Ph.D",
        "Ala", "Ariz", "Ark", "Calif", "Colo", "Conn", "Del", "Fla", "Ga", "Ill", "Ind", "Kan", "Ky", "La", "Mass", "Md", "Mich", "Minn", "Miss", "Mo", "Mont",
        "Neb", "Nev", "Okla", "Ore", "Pa", "Tenn", "Tex", "Va", "Vt", "Wash", "Wis", "Wyo");

    private static readonly FrozenSet<string> Openers = FrozenSet.Create(
        StringComparer.Ordinal,
        "A", "According", "After", "Also", "An", "And", "As", "At", "Before", "But", "By", "For", "From", "He", "Her", "His", "How", "However", "I", "If", "In", "It", "Its",
        "Many", "Meanwhile", "More", "Most", "My", "No", "Not", "Now", "On", "One", "Or", "Our", "She", "Since", "So", "Some", "That", "The", "Their", "Then", "There",
        "These", "They", "This", "Those", "To", "Under", "Until", "We", "What", "When", "Where", "Which", "While", "Who", "Why", "With", "Yes", "You");

    /// <summary>The place of each sentence, with the white space after it. Together they are the whole text; a text without one is one sentence.</summary>
    public static IReadOnlyList<Range> Split(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var sentences = new List<Range>();
        int start = 0;
        int at = SkipSpace(text, 0);
        while (at < text.Length)
        {
            int end = EndAt(text, at);
            at = end > 0 ? SkipSpace(text, end) : Math.Max(at + 1, RunEnd(text, at, IsTerminator));
            if (end > 0)
            {
                sentences.Add(start..at);
                start = at;
            }
        }

        if (start < text.Length)
        {
            sentences.Add(start..text.Length);
        }

        return sentences;
    }

    /// <summary>Where a sentence ends whose last sign, before what closes after it, begins at <paramref name="at"/>; 0 if none does.</summary>
    private static int EndAt(string text, int at)
    {
        if (text[at] is '\n' or '\r')
        {
            return at;
        }

        if (!IsTerminator(text[at]))
        {
            return 0;
        }

        int signs = RunEnd(text, at, IsTerminator);
        int end = RunEnd(text, signs, letter => letter is '"' or '\'' or '”' or '’' or '»' or ')' or ']' or '」' or '』');
        if (text[at] is '。' or '！' or '？' || end == text.Length)
        {
            return end;
        }

        int next = SkipSpace(text, end);
        if (next == end || next == text.Length || text.AsSpan(end, next - end).IndexOfAny('\n', '\r') >= 0)
        {
            return next == end ? 0 : end;
        }

        int word = RunEnd(text, next, letter => !char.IsLetterOrDigit(letter) && !char.IsWhiteSpace(letter));
        bool goesOn = word < text.Length && (char.IsLower(text[word]) || (text[at..signs] == "." && IsAbbreviation(text, at, word)));
        return goesOn ? 0 : end;
    }

    /// <param name="text">The text.</param>
    /// <param name="stop">The place of a stop.</param>
    /// <param name="next">Where the next word starts.</param>
    private static bool IsAbbreviation(string text, int stop, int next)
    {
        int start = stop;
        while (start > 0 && (char.IsLetter(text[start - 1]) || text[start - 1] == '.'))
        {
            start--;
        }

        string word = text[start..stop];
        bool isInitial = word.Length == 1 ? char.IsUpper(word[0]) : word.Length > 1 && word.Split('.').All(part => part.Length == 1);
        return Titles.Contains(word)
            || (word is "No" or "Nos" or "Fig" or "p" or "pp" && char.IsDigit(text[next]))
            || ((isInitial || Abbreviations.Contains(word)) && !Openers.Contains(text[next..RunEnd(text, next, char.IsLetter)]));
    }

    private static bool IsTerminator(char letter) => letter is '.' or '!' or '?' or '…' or '。' or '！' or '？';

    private static int SkipSpace(string text, int at) => RunEnd(text, at, char.IsWhiteSpace);

    private static int RunEnd(string text, int at, Func<char, bool> isIn)
    {
        while (at < text.Length && isIn(text[at]))
        {
            at++;
        }

        return at;
    }
}
