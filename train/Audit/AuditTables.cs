using FakeNewsOnnx.Articles;
using Spectre.Console;

namespace FakeNewsOnnx.Train.Audit;

/// <summary>An audit on a terminal, or as Markdown where the output is none.</summary>
internal static class AuditTables
{
    /// <summary>Columns of a table that goes to a file: rows are not broken.</summary>
    private const int FileWidth = 240;

    /// <summary>Prints the verdict, then each finding with its evidence.</summary>
    /// <param name="report">The audit.</param>
    /// <param name="account">The rows that were read, by what became of them.</param>
    /// <param name="rows">The most rows of a finding.</param>
    public static void Print(AuditReport report, RowAccount account, int rows)
    {
        IAnsiConsole console = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(Console.Out) });
        console.Profile.Width = Console.IsOutputRedirected ? FileWidth : console.Profile.Width;
        Console.WriteLine(FormattableString.Invariant($"{report.Articles} articles audited"));
        Console.WriteLine(account);
        foreach (string sentence in report.Verdict)
        {
            Console.WriteLine($"- {OneLine(sentence)}");
        }

        foreach (Finding finding in report.Findings)
        {
            Console.WriteLine();
            Console.WriteLine($"{finding.Severity}: {finding.Title}. {OneLine(finding.Detail)}");
            var table = new Table { Border = TableBorder.Markdown };
            table.AddColumns([.. finding.Columns.Select(Markup.Escape)]);
            foreach (IReadOnlyList<string> row in finding.Rows.Take(rows))
            {
                table.AddRow([.. row.Select(cell => Markup.Escape(OneLine(cell)))]);
            }

            console.Write(table);
        }
    }

    /// <summary>Text that cannot steer a terminal: it comes from articles.</summary>
    private static string OneLine(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter));
}
