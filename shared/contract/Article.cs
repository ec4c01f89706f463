namespace FakeNewsOnnx;

/// <summary>A news article: what is labelled, trained on and scored.</summary>
/// <param name="Title">The headline; null when the source has none.</param>
/// <param name="Content">The body; null when the source has none.</param>
public sealed record Article(string? Title, string? Content)
{
    /// <summary>How <see cref="ToText"/> joins the fields, as the manifest records it.</summary>
    public const string TextFormat = "{title}\n\n{content}";

    /// <summary>
    /// The text that the model reads: title, an empty line, content. This is the only road from an article to text,
    /// in training, evaluation and inference. A missing field reads as an empty one.
    /// </summary>
    public string ToText() => Title + "\n\n" + Content;
}
