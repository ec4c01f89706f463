namespace FakeNewsOnnx;

/// <summary>
/// The eight articles of every self-test. They ship with the program and are never training data: each one holds
/// something that has broken a tokenizer or a model before.
/// </summary>
public static class SelfTestArticles
{
    /// <summary>The articles, in the order of the manifest's cases.</summary>
    public static IReadOnlyList<Article> All { get; } =
    [
        new("Council approves new bridge", "The city council voted 7–2 on Tuesday to fund a new bridge across the river. Work begins in March."),
        new("", "A missing title scores as an empty one."),
        new("One word", "Yes"),
        new("You WON'T believe it's true!!!", "They've said it can't happen... but we'll show YOU why he'd lied & she'd known!!! 100% PROOF"),
        new("Größe, naïveté, Пример", "Zürich — “curly quotes”, ellipsis… 東京の天気は晴れ。 ١٢٣ and ½."),
        new("Above the basic plane 🗞️", "Letters 𝒜𝒷𝒸, digits 𝟙𝟚𝟛, a family 👨‍👩‍👧 and a flag 🇺🇳."),
        new("Spaces\tand\r\nlines", "  two leading,   three inside, no\u00A0break,\u0085next line,\u200Bzero width \r\n\r\n <|endoftext|> trailing   "),
        new("Longer than any context", string.Concat(Enumerable.Range(1, 400).Select(n => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Sentence {n} of a report that goes on. ")))),
    ];
}
