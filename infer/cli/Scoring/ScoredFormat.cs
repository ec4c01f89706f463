using System.Buffers;
using FakeNewsOnnx.Articles;

namespace FakeNewsOnnx.Infer;

/// <summary>
/// How a scored row stands in the output: first what follows from the input alone, above all the record's own bytes, then
/// the columns that scoring adds. The first half is how an interrupted run finds what it has done.
/// </summary>
/// <param name="labels">The model's labels.</param>
internal abstract class ScoredFormat(IReadOnlyList<string> labels)
{
    private const string Prefix = "fakenews_";

    /// <summary>The model's labels.</summary>
    protected IReadOnlyList<string> Labels => labels;

    /// <summary>The names of the added columns, where the input has none of these.</summary>
    protected IReadOnlyList<string> AddedNames { get; } = ["predicted_label", "score", .. labels.Select(label => $"p_{label}"), "tokens", "truncated", "error"];

    /// <summary>The format of an input's output.</summary>
    public static ScoredFormat For(ArticleInput input, IReadOnlyList<string> labels) => input.First switch
    {
        CsvArticleReader csv => new ScoredCsv(csv, input.HasSeveralFiles, labels),
        JsonLinesReader lines => new ScoredJsonLines(lines.Preamble, labels),
        JsonArrayReader => new ScoredJsonLines(default, labels),
        _ => throw new InvalidOperationException(),
    };

    /// <summary>Writes what comes before the first row.</summary>
    public abstract void WriteStart(IBufferWriter<byte> output);

    /// <summary>Writes the half of a row that follows from the input alone.</summary>
    public abstract void WriteRecord(ArticleRow row, IBufferWriter<byte> output);

    /// <summary>Writes the rest of a row: the added columns and the line's end.</summary>
    public abstract void WriteResult(ScoredRow scored, IBufferWriter<byte> output);

    /// <summary>Reads what <see cref="WriteResult"/> wrote.</summary>
    /// <param name="bytes">What follows a record.</param>
    /// <param name="row">The record.</param>
    /// <param name="outcome">What became of it.</param>
    /// <param name="length">How many of the bytes are the record's.</param>
    /// <returns>Whether it is there whole, line end included.</returns>
    public abstract bool TryReadResult(ReadOnlySpan<byte> bytes, ArticleRow row, out Outcome outcome, out int length);

    /// <summary>The names of the added columns beside the input's: one that the input has is prefixed until it has it no more. The input's names never change.</summary>
    /// <param name="isTaken">Whether the input has a name.</param>
    protected IReadOnlyList<string> NamesBeside(Func<string, bool> isTaken) => [.. AddedNames.Select(name =>
    {
        while (isTaken(name))
        {
            name = Prefix + name;
        }

        return name;
    })];
}
