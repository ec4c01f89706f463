using System.CommandLine;
using System.Globalization;

namespace FakeNewsOnnx.Data;

/// <summary>What options refuse when the command line is parsed.</summary>
public static class OptionChecks
{
    /// <summary>Refuses smaller numbers.</summary>
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

    /// <summary>Refuses empty names of files, which an unset variable of a script gives. Required options refuse them of themselves: <see cref="ProgramHost"/>.</summary>
    /// <param name="option">The option, of <see cref="string"/> or an array of them.</param>
    /// <returns><paramref name="option"/>.</returns>
    public static Option<T> NotEmpty<T>(this Option<T> option)
    {
        ArgumentNullException.ThrowIfNull(option);
        option.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => token.Value.Length == 0))
            {
                result.AddError(ProgramHost.EmptyName(option.Name));
            }
        });
        return option;
    }
}
