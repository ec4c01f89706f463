namespace FakeNewsOnnx.Train.Report;

/// <summary>A table in a box that scrolls by itself where the screen is narrow. Each row's first cell is its heading.</summary>
internal static class Table
{
    private const char Number = '#';

    /// <param name="caption">What the table tells.</param>
    /// <param name="columns">The header; one that starts with # holds numbers.</param>
    /// <param name="rows">As many cells as there are columns.</param>
    public static Html Write(string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<Html>> rows)
    {
        string[] classes = [.. columns.Select(column => column.StartsWith(Number) ? "number" : "text")];
        IEnumerable<Html> header = columns.Zip(classes, (column, kind) => Html.Of($"""<th scope="col" class="{kind}">{column.TrimStart(Number)}</th>"""));
        return Html.Of($"""
            <div class="scroll" role="region" tabindex="0" aria-label="{caption}">
            <table>
            <caption>{caption}</caption>
            <thead><tr>{header}</tr></thead>
            <tbody>
            {rows.Select(row => Row(row, classes))}</tbody>
            </table>
            </div>

            """);
    }

    /// <summary>The same, of texts.</summary>
    public static Html Write(string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows) =>
        Write(caption, columns, rows.Select(row => row.Select(Cell).ToArray()));

    /// <summary>A cell that holds a text.</summary>
    public static Html Cell(string text) => Html.Of($"{text}");

    private static Html Row(IReadOnlyList<Html> cells, string[] classes)
    {
        IEnumerable<Html> others = cells.Zip(classes).Skip(1).Select(cell => Html.Of($"""<td class="{cell.Second}">{cell.First}</td>"""));
        return Html.Of($"""
            <tr><th scope="row" class="{classes[0]}">{cells[0]}</th>{others}</tr>

            """);
    }
}
