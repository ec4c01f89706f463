using System.Collections;
using System.CommandLine;
using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Train.Recipes;

namespace FakeNewsOnnx.Train.Commands;

/// <summary>One command-line option for each setting of a <see cref="Recipe"/>, with the setting's own name and description.</summary>
internal sealed class RecipeOptions
{
    private readonly Option<string?> _file = new("--recipe") { Description = $"A recipe file (JSON) or one that ships with the program: {string.Join(", ", ShippedRecipes.Names)}. The options below override its values." };
    private readonly List<(string Key, Type Type, TextOption Option)> _settings = [];

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="only">The settings that matter to it, by their JSON names; all if none is named.</param>
    public RecipeOptions(Command command, params ReadOnlySpan<string> only)
    {
        command.Options.Add(_file);
        var defaults = new Recipe();
        foreach (PropertyInfo property in typeof(Recipe).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            string key = property.GetCustomAttribute<JsonPropertyNameAttribute>()!.Name;
            if (!only.IsEmpty && !only.Contains(key))
            {
                continue;
            }

            string description = property.GetCustomAttribute<DescriptionAttribute>()!.Description;
            string byDefault = property.GetValue(defaults) switch
            {
                null or false or ICollection { Count: 0 } => "",
                IReadOnlyList<string> list => $" [default: {string.Join(',', list)}]",
                Enum value => $" [default: {JsonSerializer.SerializeToNode(value, property.PropertyType)}]",
                IFormattable value => $" [default: {value.ToString(null, System.Globalization.CultureInfo.InvariantCulture)}]",
                var value => $" [default: {value}]",
            };
            var option = new TextOption("--" + key.Replace('_', '-'))
            {
                Description = description + byDefault,
                Arity = property.PropertyType == typeof(bool) ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
            };
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
            if (parsed.GetResult(option) is not null)
            {
                overrides[key] = ToJson(parsed.GetValue(option) ?? "true", type, option.Name);
            }
        }

        return Recipe.Load(parsed.GetValue(_file), overrides);
    }

    private static JsonNode? ToJson(string text, Type type, string option)
    {
        string[] items = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
        {
            return JsonValue.Create(text);
        }

        if (type == typeof(IReadOnlyList<string>) || (type == typeof(ModuleSelection) && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or ',' or ' ')))
        {
            return new JsonArray([.. items.Select(item => JsonValue.Create(item))]);
        }

        if (type == typeof(ModuleSelection))
        {
            return JsonValue.Create(text);
        }

        if (type == typeof(IReadOnlyList<int>))
        {
            return new JsonArray([.. items.Select(item => Parse(item, typeof(int)))]);
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(OrderedDictionary<,>))
        {
            Type value = type.GetGenericArguments()[1];
            return new JsonObject(items.Select(item => item.LastIndexOf('=') is var split and > 0
                ? KeyValuePair.Create(item[..split], Parse(item[(split + 1)..], value))
                : throw new UsageException($"{option}: expected NAME=NUMBER,…; found '{item}'.")));
        }

        return type.IsEnum ? Parse(JsonValue.Create(text).ToJsonString(), type) : Parse(text, type);

        JsonNode? Parse(string literal, Type asType)
        {
            try
            {
                _ = JsonSerializer.Deserialize(literal, asType);
                return JsonNode.Parse(literal);
            }
            catch (JsonException)
            {
                string expected = asType.IsEnum ? $"one of {string.Join(", ", Enum.GetValues(asType).Cast<object>().Select(value => JsonSerializer.SerializeToNode(value, asType)))}"
                    : asType == typeof(int) ? "a whole number" : asType == typeof(bool) ? "true or false" : "a number";
                throw new UsageException($"{option}: expected {expected}; found '{(asType.IsEnum ? text : literal)}'.");
            }
        }
    }
}
