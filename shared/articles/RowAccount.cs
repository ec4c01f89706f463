using System.Globalization;

namespace FakeNewsOnnx.Articles;

/// <summary>The fate of a row that was read.</summary>
public enum RowFate
{
    /// <summary>The row was used.</summary>
    Used,

    /// <summary>Its label is null, empty or white space.</summary>
    EmptyLabel,

    /// <summary>Its content is null, empty or white space.</summary>
    BlankContent,

    /// <summary>Its title is null, empty or white space.</summary>
    MissingTitle,

    /// <summary>Its label is one that the user ignores.</summary>
    IgnoredLabel,

    /// <summary>Chance did not draw it, where only a number of articles is wanted.</summary>
    NotDrawn,

    /// <summary>The record cannot be read.</summary>
    Unreadable,

    /// <summary>The model gives no result for its article.</summary>
    NoResult,
}

/// <summary>The rows of a run: those read are those used and those left out, by reason.</summary>
public sealed class RowAccount
{
    private static readonly (RowFate Fate, string Key, string Text)[] Reasons =
    [
        (RowFate.EmptyLabel, "empty_label", "empty label"),
        (RowFate.BlankContent, "blank_content", "blank content"),
        (RowFate.MissingTitle, "missing_title", "missing title"),
        (RowFate.IgnoredLabel, "ignored_label", "ignored label"),
        (RowFate.NotDrawn, "not_drawn", "not drawn"),
        (RowFate.Unreadable, "unreadable", "not readable"),
        (RowFate.NoResult, "no_result", "no result of the model"),
    ];

    private readonly long[] _counts = new long[Enum.GetValues<RowFate>().Length];

    /// <summary>The number of rows that were read.</summary>
    public long Read => _counts.Sum();

    /// <summary>The number of rows that were used.</summary>
    public long Used => this[RowFate.Used];

    /// <summary>The number of rows that were left out.</summary>
    public long LeftOut => Read - Used;

    /// <summary>The number of rows of one fate.</summary>
    public long this[RowFate fate] => _counts[(int)fate];

    /// <summary>Counts a row.</summary>
    public void Add(RowFate fate) => _counts[(int)fate]++;

    /// <summary>Counts rows that were counted as used in another way.</summary>
    /// <param name="fate">The way.</param>
    /// <param name="rows">The number of rows.</param>
    public void Recount(RowFate fate, long rows)
    {
        _counts[(int)RowFate.Used] -= rows;
        _counts[(int)fate] += rows;
    }

    /// <summary>Adds another account's rows.</summary>
    public void Add(RowAccount other)
    {
        ArgumentNullException.ThrowIfNull(other);
        foreach (RowFate fate in Enum.GetValues<RowFate>())
        {
            _counts[(int)fate] += other[fate];
        }
    }

    /// <summary>The number of rows by the reason for which they were left out, in snake case: reasons of at least one row.</summary>
    public OrderedDictionary<string, long> ByReason() =>
        new(Reasons.Where(reason => this[reason.Fate] > 0).Select(reason => KeyValuePair.Create(reason.Key, this[reason.Fate])));

    /// <summary>The same in words: <c>blank content</c>.</summary>
    public IEnumerable<(string Reason, long Rows)> ByReasonInWords() => Reasons.Where(reason => this[reason.Fate] > 0).Select(reason => (reason.Text, this[reason.Fate]));

    /// <summary>The reasons in a line: <c>1 empty label, 2 blank content</c>; empty if no row was left out.</summary>
    public string Describe() => string.Join(", ", ByReasonInWords().Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Rows:N0} {entry.Reason}")));

    /// <summary>The account in a line: <c>10 rows read = 7 used + 3 left out (1 empty label, 2 blank content)</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Read:N0} rows read = {Used:N0} used + {LeftOut:N0} left out{(LeftOut == 0 ? "" : $" ({Describe()})")}");
}
