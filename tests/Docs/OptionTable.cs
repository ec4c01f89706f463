using System.Collections;
using System.CommandLine;
using System.Globalization;
using System.Text;

namespace FakeNewsOnnx.Tests.Docs;

/// <summary>A command's arguments and options as a table of a page, from the program's own definition, in the words of its help.</summary>
internal static class OptionTable
{
    /// <summary>The table's lines, in Markdown.</summary>
    public static string Of(Command command)
    {
        var table = new StringBuilder("| option | what it is |\n|---|---|\n");
        foreach (Argument argument in command.Arguments)
        {
            AddRow(argument.Name, argument.Description, argument.Arity.MinimumNumberOfValues > 0, null);
        }

        foreach (Option option in command.Options)
        {
            AddRow($"{option.Name} {option.HelpName}", option.Description, option.Required, DefaultOf(option));
        }

        return table.ToString();

        void AddRow(string name, string? description, bool isRequired, string? byDefault)
        {
            string end = isRequired ? " [required]" : byDefault is { Length: > 0 } ? $" [default: {byDefault}]" : "";
            table.Append(CultureInfo.InvariantCulture, $"| `{Escape(name.Trim())}` | {Escape(description!)}{end} |\n");
        }
    }

    private static string? DefaultOf(Option option)
    {
        object? value = option.HasDefaultValue ? option.GetDefaultValue() : option.ValueType.IsEnum ? Activator.CreateInstance(option.ValueType) : null;
        return value switch
        {
            int processors when option.Name == "--threads" && processors == Environment.ProcessorCount => "all processors",
            Enum choice => choice.ToString().ToLowerInvariant(),
            bool or IEnumerable and not string => null,
            _ => Convert.ToString(value, CultureInfo.InvariantCulture),
        };
    }

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
