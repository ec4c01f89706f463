using System.Text.Json;
using System.Text.Json.Nodes;

namespace FakeNewsOnnx.Files;

/// <summary>Reads JSON files that are one object and whose values are looked at one by one. They may be anyone's.</summary>
public static class JsonObjects
{
    /// <summary>Reads an object that has no name twice, and no text that is not Unicode: System.Text.Json would say so only when such a value is used.</summary>
    /// <param name="utf8Json">The file's bytes.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <param name="what">What it should be: <c>a recipe</c>.</param>
    /// <exception cref="InvalidDataException">It is not such an object.</exception>
    public static JsonObject Parse(ReadOnlySpan<byte> utf8Json, string source, string what)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8Json);
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String)
                {
                    _ = reader.GetString();
                }
            }

            return JsonNode.Parse(utf8Json, documentOptions: new() { AllowDuplicateProperties = false }) as JsonObject
                ?? throw new InvalidDataException($"{source}: {what} must be a JSON object.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{source}: not {what}: {e.Message}", e);
        }
    }
}
