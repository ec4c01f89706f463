using System.CommandLine;
using System.Globalization;

namespace FakeNewsOnnx.Cli;

/// <summary>Options that take whole numbers within a range.</summary>
public static class OptionRanges
{
    /// <summary>Refuses smaller numbers when the command line is parsed.</summary>
    /// <param name="option">The option, of <see cref="int"/> or <see cref="Nullable{Int32}"/>.</param>
    /// <param name="least">The smallest number that it takes.</param>
    /// <returns><paramref name="option"/>.</returns>
    public static Option<T> AtLeast<T>(this Option<T> option, int least)
    {
        ArgumentNullException.ThrowIfNull(option);
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) && value < least)
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} must be at least {least}; found {token.Value}."));
            }
        });
        return option;
    }
}
