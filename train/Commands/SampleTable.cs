using System.Globalization;
using Spectre.Console;

namespace FakeNewsOnnx.Train.Commands;

/// <summary>The notebook's table of sampled rows: text, label, prediction.</summary>
internal static class SampleTable
{
    private const int ShownCharacters = 60;

    /// <summary>Prints one line for each article.</summary>
    /// <param name="labels">Label names in the order of their ids.</param>
    /// <param name="rows">Article, its own label, and the probability of each label.</param>
    public static void Print(IReadOnlyList<string> labels, IEnumerable<(Article Article, string Label, float[] Probabilities)> rows)
    {
        var table = new Table { Border = TableBorder.Markdown };
        table.AddColumns("Text", "Label", "Prediction", "Probability");
        foreach (var (article, label, probabilities) in rows)
        {
            int predicted = probabilities.IndexOf(probabilities.Max());
            string text = article.ToText().ReplaceLineEndings(" ");
            table.AddRow(
                Markup.Escape(text.Length <= ShownCharacters ? text : text[..ShownCharacters] + "…"),
                Markup.Escape(label),
                Markup.Escape(labels[predicted]),
                probabilities[predicted].ToString("F4", CultureInfo.InvariantCulture));
        }

        AnsiConsole.Write(table);
    }
}
