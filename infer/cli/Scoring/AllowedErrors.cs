using System.CommandLine;
using System.Globalization;
using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Infer;

/// <summary>Rows with errors that a finished run may have.</summary>
/// <param name="Count">A number of rows, or a share of all rows in percent.</param>
/// <param name="IsPercent">True for a share.</param>
internal readonly record struct AllowedErrors(double Count, bool IsPercent)
{
    /// <summary><c>--max-errors N|N%</c>.</summary>
    public static Option<string> Option() => new("--max-errors")
    {
        Description = "Rows with errors that a finished run may have, as a number or a share; with more it ends with exit code 3. Stops no run.",
        HelpName = "N|N%",
        DefaultValueFactory = _ => "0",
    };

    /// <summary>Reads the option's value.</summary>
    /// <exception cref="UsageException">Neither a whole number nor a share from 0 to 100 %.</exception>
    public static AllowedErrors Parse(string text)
    {
        bool isPercent = text.EndsWith('%');
        return double.TryParse(text.AsSpan(0, text.Length - (isPercent ? 1 : 0)), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count)
            && (isPercent ? count <= 100 : count == Math.Floor(count))
            ? new(count, isPercent)
            : throw new UsageException($"--max-errors: expected a number of rows, or a share such as 1%; found '{text}'.");
    }

    /// <summary>Decides the exit code of a finished run, and says on standard error why it is not 0.</summary>
    public ExitCode Judge(long rows, long errors)
    {
        if (errors <= (IsPercent ? rows * Count / 100 : Count))
        {
            return ExitCode.Success;
        }

        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"error: {errors:N0} of {rows:N0} rows have errors; --max-errors allows {Count}{(IsPercent ? "%" : "")}. The output is complete."));
        return ExitCode.RowErrors;
    }
}
