namespace FakeNewsOnnx.Train.Data;

/// <summary>An article as the trainer sees it; its tokens are in memory, or in a file from which they are read when they are needed.</summary>
internal sealed class Example
{
    private readonly int[]? _inputIds;
    private readonly TokenFile? _file;
    private readonly StoredTokens _tokens;

    /// <param name="inputIds">Its tokens, after truncation.</param>
    /// <param name="label">Its label's id.</param>
    /// <param name="line">Where its record starts in its file, from 1.</param>
    public Example(int[] inputIds, int label, long line)
    {
        _inputIds = inputIds;
        _tokens = new(0, inputIds.Length, false);
        Label = label;
        Line = line;
    }

    /// <param name="file">Holds the tokens.</param>
    /// <param name="tokens">Where they are in it.</param>
    /// <param name="article">Whose they are.</param>
    public Example(TokenFile file, StoredTokens tokens, in LabelledArticle article)
    {
        _file = file;
        _tokens = tokens;
        Label = article.Label;
        Line = article.Line;
        Source = article.File;
    }

    /// <summary>Its tokens, after truncation.</summary>
    public int[] InputIds => _inputIds ?? _file!.Read(_tokens);

    /// <summary>How many there are.</summary>
    public int TokenCount => _tokens.Count;

    /// <summary>Whether the article has more than are read.</summary>
    public bool IsTruncated => _tokens.IsTruncated;

    /// <summary>Its label's id.</summary>
    public int Label { get; }

    /// <summary>The file that it is in; null if it is in none.</summary>
    public string? Source { get; }

    /// <summary>Where its record starts in its file, from 1.</summary>
    public long Line { get; }

    /// <summary>Where it is, as messages name it.</summary>
    public string Place => Source is null ? $"line {Line}" : $"{Source}({Line})";
}
