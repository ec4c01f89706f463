using System.Diagnostics.CodeAnalysis;

namespace FakeNewsOnnx;

/// <summary>The labels of a classifier; a label's id is its place in <see cref="Names"/>.</summary>
public sealed class LabelMap
{
    private readonly string[] _names;

    /// <param name="names">At least two names, none empty, none twice, in the order of their ids.</param>
    /// <exception cref="ArgumentException">The names break one of these rules.</exception>
    public LabelMap(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        _names = [.. names];
        if (_names.Length < 2)
        {
            throw new ArgumentException($"a classifier needs at least two labels; found {_names.Length}.");
        }

        if (_names.Any(string.IsNullOrWhiteSpace))
        {
            throw new ArgumentException("a label name must not be empty.");
        }

        if (_names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"label '{twice.Key}' is named twice.");
        }
    }

    /// <summary>The project's default: <c>fake</c> is 0, <c>real</c> is 1.</summary>
    public static LabelMap Default { get; } = new(["fake", "real"]);

    /// <summary>The label names in the order of their ids.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>How many labels there are, at least 2.</summary>
    public int Count => _names.Length;

    /// <summary>Reads <c>fake,real</c>: names separated by commas, in the order of their ids.</summary>
    /// <exception cref="ArgumentException">Fewer than two names, an empty one, or one twice.</exception>
    public static LabelMap Parse(string names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return new(names.Split(',', StringSplitOptions.TrimEntries));
    }

    /// <summary>Finds the id of a label; names are compared exactly.</summary>
    public bool TryGetId([NotNullWhen(true)] string? name, out int id)
    {
        id = Array.IndexOf(_names, name);
        return id >= 0;
    }

    /// <summary>The names as error messages list them: <c>'fake', 'real'</c>.</summary>
    public override string ToString() => string.Join(", ", _names.Select(name => $"'{name}'"));
}
