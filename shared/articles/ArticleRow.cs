namespace FakeNewsOnnx.Articles;

/// <summary>One record of a CSV file, one object of a JSON file, or one row of a Parquet file, which has no bytes of its own.</summary>
public sealed record ArticleRow
{
    /// <summary>The line on which the record starts, from 1; in a JSON array or in Parquet, which row it is.</summary>
    public required long Line { get; init; }

    /// <summary>How many bytes of the file come before the record.</summary>
    public required long Offset { get; init; }

    /// <summary>The record as it stands in the file, without its line end; an object of a JSON array stands on one line.</summary>
    public required ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>What follows up to the next record: the line break and any empty lines; empty at the end of a file without them.</summary>
    public required ReadOnlyMemory<byte> LineEnd { get; init; }

    /// <summary>How many fields a CSV record has: as many as the header unless there is an <see cref="Error"/>.</summary>
    public int FieldCount { get; init; }

    /// <summary>The article; a missing field is null. Null when there is an <see cref="Error"/>.</summary>
    public Article? Article { get; init; }

    /// <summary>The label as it stands in the file; null when it is empty, has no column, or there is an <see cref="Error"/>.</summary>
    public string? Label { get; init; }

    /// <summary>Why the record cannot be read: what was expected and what was found; null when it can.</summary>
    public string? Error { get; init; }
}
