namespace FakeNewsOnnx.Train.Audit;

/// <summary>A number that can be had from an article without reading it.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Measure">Computes it.</param>
internal sealed record Feature(string Name, Func<Article, float> Measure)
{
    /// <summary>All that are looked at.</summary>
    public static IReadOnlyList<Feature> All { get; } =
    [
        new("characters of the content", article => article.Content!.Length),
        new("characters of the title", article => article.Title!.Length),
        new("capitalised words in the title", article => CapitalizedPart(article.Title!)),
        new("capitals in the title", article => Part(article.Title!, char.IsUpper)),
        new("capitals in the content", article => Part(article.Content!, char.IsUpper)),
        new("digits in the content", article => Part(article.Content!, char.IsDigit)),
        new("punctuation in the content", article => Part(article.Content!, char.IsPunctuation)),
        new("commas in the content", article => Part(article.Content!, letter => letter == ',')),
        new("question and exclamation marks in the content", article => Part(article.Content!, letter => letter is '?' or '!')),
        new("quotation marks in the content", article => Part(article.Content!, letter => letter is '"' or '“' or '”')),
        new("line breaks in the content", article => Part(article.Content!, letter => letter == '\n')),
        new("non-ASCII letters and signs in the content", article => Part(article.Content!, letter => !char.IsAscii(letter))),
    ];

    private static float Part(string text, Func<char, bool> isCounted)
    {
        int counted = 0;
        foreach (char letter in text)
        {
            counted += isCounted(letter) ? 1 : 0;
        }

        return (float)counted / Math.Max(1, text.Length);
    }

    private static float CapitalizedPart(string title)
    {
        int words = 0, capitalized = 0;
        foreach (var word in new Words(title))
        {
            words++;
            capitalized += char.IsUpper(word[0]) ? 1 : 0;
        }

        return (float)capitalized / Math.Max(1, words);
    }
}
