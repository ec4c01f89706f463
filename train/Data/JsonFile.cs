using System.Text.Json;

namespace FakeNewsOnnx.Train.Data;

/// <summary>Reads the JSON files that a run writes.</summary>
internal static class JsonFile
{
    private static readonly JsonSerializerOptions Strict = new() { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    /// <exception cref="InvalidDataException">Not JSON of this type.</exception>
    public static T Read<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Strict) ?? throw new InvalidDataException($"{path}: expected an object; found null.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: not what train fit writes: {e.Message}", e);
        }
    }
}
