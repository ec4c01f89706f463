using System.Text.Json;
using System.Text.Json.Serialization;

namespace FakeNewsOnnx.Checkpoint;

/// <summary>PEFT takes one value where it takes a list, and keeps it so in the file.</summary>
internal abstract class OneOrManyConverter<T> : JsonConverter<IReadOnlyList<T>>
{
    public override IReadOnlyList<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return [ReadOne(ref reader)];
        }

        var values = new List<T>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            values.Add(ReadOne(ref reader));
        }

        return values;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<T> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (T one in value)
        {
            WriteOne(writer, one);
        }

        writer.WriteEndArray();
    }

    protected abstract T ReadOne(ref Utf8JsonReader reader);

    protected abstract void WriteOne(Utf8JsonWriter writer, T value);
}

internal sealed class LayerNumbersConverter : OneOrManyConverter<int>
{
    protected override int ReadOne(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int layer) ? layer : throw new JsonException("layers must be whole numbers.");

    protected override void WriteOne(Utf8JsonWriter writer, int value) => writer.WriteNumberValue(value);
}

internal sealed class LayerNamesConverter : OneOrManyConverter<string>
{
    protected override string ReadOne(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException("names must be strings.");

    protected override void WriteOne(Utf8JsonWriter writer, string value) => writer.WriteStringValue(value);
}
