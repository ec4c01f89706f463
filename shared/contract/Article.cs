namespace FakeNewsOnnx;

/// <summary>A news article: what is labelled, trained on and scored.</summary>
/// <param name="Title">The headline; null when the source has none.</param>
/// <param name="Content">The body; null when the source has none.</param>
public sealed record Article(string? Title, string? Content)
{
    /// <summary>How <see cref="ToText"/> joins the fields, as the manifest records it.</summary>
    public const string TextFormat = "{title}\n\n{content}";

    private const string Separator = "\n\n";

    /// <summary>How many chars <see cref="ToText"/> has.</summary>
    internal int TextLength => (Title?.Length ?? 0) + Separator.Length + (Content?.Length ?? 0);

    /// <summary>
    /// The text that the model reads: title, an empty line, content. This is the only road from an article to text,
    /// in training, evaluation and inference. A missing field reads as an empty one.
    /// </summary>
    public string ToText() => string.Create(TextLength, this, static (text, article) => article.CopyTextTo(text));

    /// <summary>As <see cref="ToText"/>, into the caller's memory.</summary>
    /// <param name="destination">At least <see cref="TextLength"/> chars.</param>
    internal void CopyTextTo(Span<char> destination)
    {
        Title.AsSpan().CopyTo(destination);
        destination = destination[(Title?.Length ?? 0)..];
        Separator.CopyTo(destination);
        Content.AsSpan().CopyTo(destination[Separator.Length..]);
    }
}
