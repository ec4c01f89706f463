using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace FakeNewsOnnx.Checkpoint;

/// <summary>
/// PEFT's way to name modules: a list of name suffixes, or one regular expression that must match the whole name,
/// or <c>all-linear</c>.
/// </summary>
[JsonConverter(typeof(ModuleSelectionConverter))]
public sealed class ModuleSelection
{
    /// <summary>PEFT's word for every linear module but the head.</summary>
    public const string AllLinear = "all-linear";

    private static readonly TimeSpan MatchLimit = TimeSpan.FromSeconds(1);

    private readonly Regex? _regex;

    /// <summary>Selects modules whose name is one of these or ends in a dot and one of these.</summary>
    public ModuleSelection(IEnumerable<string> suffixes) => Suffixes = [.. suffixes.Distinct(StringComparer.Ordinal)];

    /// <summary>Selects by a regular expression, or every linear module but the head for <see cref="AllLinear"/>.</summary>
    /// <exception cref="ArgumentException">Not a regular expression.</exception>
    public ModuleSelection(string pattern)
    {
        Pattern = pattern;
        _regex = pattern == AllLinear ? null : WholeName(pattern);
    }

    /// <summary>The suffixes, in no particular order; null where a pattern selects.</summary>
    public IReadOnlyList<string>? Suffixes { get; }

    /// <summary>The pattern; null where suffixes select.</summary>
    public string? Pattern { get; }

    /// <summary>Whether a module such as <c>transformer.h.0.attn.c_attn</c> is selected.</summary>
    /// <exception cref="InvalidDataException">The pattern takes too long.</exception>
    public bool Contains(string module) => Suffixes is not null
        ? Suffixes.Any(suffix => HasSuffix(module, suffix))
        : _regex is null ? Gpt2Weights.IsLinear(module) : Matches(_regex, module);

    /// <summary>Whether a name is the suffix or ends in a dot and the suffix.</summary>
    internal static bool HasSuffix(string module, string suffix) =>
        module == suffix || (module.EndsWith(suffix, StringComparison.Ordinal) && module[^(suffix.Length + 1)] == '.');

    /// <summary>The value of the first pattern that fits the end of a name, or null; as PEFT looks up <c>rank_pattern</c>.</summary>
    /// <exception cref="ArgumentException">Not a regular expression.</exception>
    /// <exception cref="InvalidDataException">A pattern takes too long.</exception>
    internal static T? FirstMatch<T>(IReadOnlyDictionary<string, T>? patterns, string module)
        where T : struct
    {
        if (patterns is null)
        {
            return null;
        }

        foreach (var (pattern, value) in patterns)
        {
            if (MatchesEnd(pattern, module))
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>Whether a pattern fits a whole name, or its end behind a dot.</summary>
    /// <exception cref="ArgumentException">Not a regular expression.</exception>
    /// <exception cref="InvalidDataException">The pattern takes too long.</exception>
    internal static bool MatchesEnd(string pattern, string module) => Matches(WholeName($@"(.*\.)?({pattern})"), module);

    /// <summary>Whether a text is a regular expression.</summary>
    internal static bool IsPattern(string pattern)
    {
        try
        {
            _ = WholeName(pattern);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static Regex WholeName(string pattern) => new($@"\A(?:{pattern})\z", RegexOptions.CultureInvariant, MatchLimit);

    private static bool Matches(Regex regex, string module)
    {
        try
        {
            return regex.IsMatch(module);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new InvalidDataException($"the pattern '{regex}' takes more than {MatchLimit.TotalSeconds} s on the name '{module}'.", e);
        }
    }

    /// <summary>The suffixes separated by commas, or the pattern.</summary>
    public override string ToString() => Pattern ?? string.Join(",", Suffixes!);
}

internal sealed class ModuleSelectionConverter : JsonConverter<ModuleSelection>
{
    public override ModuleSelection? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                string pattern = reader.GetString()!;
                try
                {
                    return new(pattern);
                }
                catch (ArgumentException e)
                {
                    throw new JsonException($"'{pattern}' is not a regular expression: {e.Message}", e);
                }

            case JsonTokenType.StartArray:
                var suffixes = new List<string>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    suffixes.Add(reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException("module names must be strings."));
                }

                return new(suffixes);
            default:
                throw new JsonException($"modules must be a list of names or a regular expression; found {reader.TokenType}.");
        }
    }

    public override void Write(Utf8JsonWriter writer, ModuleSelection value, JsonSerializerOptions options)
    {
        if (value.Pattern is not null)
        {
            writer.WriteStringValue(value.Pattern);
            return;
        }

        writer.WriteStartArray();
        foreach (string suffix in value.Suffixes!)
        {
            writer.WriteStringValue(suffix);
        }

        writer.WriteEndArray();
    }
}
