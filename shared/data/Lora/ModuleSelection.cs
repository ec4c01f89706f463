using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace FakeNewsOnnx.Data;

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

    /// <summary>Selects by a regular expression, or everything for <see cref="AllLinear"/>.</summary>
    /// <exception cref="ArgumentException">Not a regular expression.</exception>
    public ModuleSelection(string pattern)
    {
        Pattern = pattern;
        _regex = pattern == AllLinear ? null : new($"^(?:{pattern})\\z", RegexOptions.CultureInvariant, MatchLimit);
    }

    /// <summary>The suffixes, in no particular order; null where a pattern selects.</summary>
    public IReadOnlyList<string>? Suffixes { get; }

    /// <summary>The pattern; null where suffixes select.</summary>
    public string? Pattern { get; }

    /// <summary>Whether a module such as <c>transformer.h.0.attn.c_attn</c> is selected.</summary>
    public bool Contains(string module) => Suffixes is not null
        ? Suffixes.Any(suffix => module == suffix || module.EndsWith('.' + suffix, StringComparison.Ordinal))
        : _regex?.IsMatch(module) ?? true;

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
