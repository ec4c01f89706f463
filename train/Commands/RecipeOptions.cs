using System.CommandLine;
using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FakeNewsOnnx.Data;

namespace FakeNewsOnnx.Train.Commands;

/// <summary>One command-line option for each setting of a <see cref="Recipe"/>, with the setting's own name and description.</summary>
internal sealed class RecipeOptions
{
    private readonly Option<FileInfo?> _file = new("--recipe") { Description = "A recipe file (JSON); the options below override its values." };
    private readonly List<(string Key, Type Type, Option<string?> Option)> _settings = [];

    /// <summary>Adds the options to a command.</summary>
    public RecipeOptions(Command command)
    {
        command.Options.Add(_file);
        var defaults = new Recipe();
        foreach (PropertyInfo property in typeof(Recipe).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            string key = property.GetCustomAttribute<JsonPropertyNameAttribute>()!.Name;
            string description = property.GetCustomAttribute<DescriptionAttribute>()!.Description;
            string byDefault = property.GetValue(defaults) switch
            {
                null or IReadOnlyList<string> { Count: 0 } => "",
                IReadOnlyList<string> list => $" [default: {string.Join(',', list)}]",
                IFormattable value => $" [default: {value.ToString(null, System.Globalization.CultureInfo.InvariantCulture)}]",
                var value => $" [default: {value}]",
            };
            var option = new Option<string?>("--" + key.Replace('_', '-')) { Description = description + byDefault };
            _settings.Add((key, property.PropertyType, option));
            command.Options.Add(option);
        }
    }

    /// <summary>The recipe that a command line asks for.</summary>
    /// <exception cref="UsageException">An option's value is not of its setting's type.</exception>
    /// <exception cref="InvalidDataException">The recipe file or a value in it is wrong.</exception>
    public Recipe Resolve(ParseResult parsed)
    {
        JsonObject overrides = [];
        foreach (var (key, type, option) in _settings)
        {
            if (parsed.GetValue(option) is { } text)
            {
                overrides[key] = ToJson(text, type, option.Name);
            }
        }

        return Recipe.Load(parsed.GetValue(_file)?.FullName, overrides);
    }

    private static JsonNode? ToJson(string text, Type type, string option)
    {
        if (type == typeof(IReadOnlyList<string>))
        {
            return new JsonArray([.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(item => JsonValue.Create(item))]);
        }

        type = Nullable.GetUnderlyingType(type) ?? type;
        try
        {
            return JsonSerializer.SerializeToNode(JsonSerializer.Deserialize(text, type));
        }
        catch (JsonException)
        {
            throw new UsageException($"{option}: expected {(type == typeof(int) ? "a whole number" : "a number")}; found '{text}'.");
        }
    }
}
