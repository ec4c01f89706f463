using System.Buffers;
using System.Text;
using System.Text.Json;
using FakeNewsOnnx.Articles;

namespace FakeNewsOnnx.Infer;

/// <summary>
/// Scored JSON Lines: the object's bytes, with the added members before its closing brace. A line that cannot be read
/// becomes the string member <c>record</c> of an object, so that the output can be.
/// </summary>
/// <param name="preamble">The bytes before the first row.</param>
/// <param name="labels">The model's labels.</param>
internal sealed class ScoredJsonLines(ReadOnlyMemory<byte> preamble, IReadOnlyList<string> labels) : ScoredFormat(labels)
{
    private readonly ArrayBufferWriter<byte> _members = new();

    /// <inheritdoc/>
    public override void WriteStart(IBufferWriter<byte> output) => output.Write(preamble.Span);

    /// <inheritdoc/>
    public override void WriteRecord(ArticleRow row, IBufferWriter<byte> output)
    {
        if (row.Article == null)
        {
            output.Write("{\"record\":\""u8);
            output.Write(JsonEncodedText.Encode(Encoding.UTF8.GetString(row.Bytes.Span)).EncodedUtf8Bytes);
            output.Write("\","u8);
            return;
        }

        var members = row.Bytes.Span[..row.Bytes.Span.LastIndexOf((byte)'}')];
        output.Write(members);
        if (members.TrimEnd(" \t"u8)[^1] != '{')
        {
            output.Write(","u8);
        }
    }

    /// <inheritdoc/>
    public override void WriteResult(ScoredRow scored, IBufferWriter<byte> output)
    {
        var names = NamesFor(scored.Input.Row);
        _members.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_members))
        {
            json.WriteStartObject();
            json.WriteString(names[0], scored.Result?.Label);
            WriteNumber(json, names[1], scored.Result?.Score);
            for (int i = 0; i < Labels.Count; i++)
            {
                WriteNumber(json, names[i + 2], scored.Result?.Probabilities[i]);
            }

            WriteNumber(json, names[^3], scored.Result?.TokenCount);
            json.WriteBoolean(names[^2], scored.Result?.Truncated ?? false);
            json.WriteString(names[^1], scored.Error);
            json.WriteEndObject();
        }

        // Without its own braces: the record's object is open.
        output.Write(_members.WrittenSpan[1..^1]);
        var row = scored.Input.Row;
        output.Write(row.Article == null ? "}"u8 : row.Bytes.Span[row.Bytes.Span.LastIndexOf((byte)'}')..]);
        output.Write(row.LineEnd.Span);
    }

    /// <inheritdoc/>
    public override bool TryReadResult(ReadOnlySpan<byte> bytes, ArticleRow row, out Outcome outcome, out int length)
    {
        outcome = default;
        var names = NamesFor(row);
        length = bytes.IndexOfAny((byte)'\n', (byte)'\r') is var end and >= 0 ? end : bytes.Length;
        try
        {
            using var members = JsonDocument.Parse((byte[])[(byte)'{', .. bytes[..length]]);
            if (!members.RootElement.TryGetProperty(names[0], out var label) || label.ValueKind is not (JsonValueKind.String or JsonValueKind.Null)
                || !members.RootElement.TryGetProperty(names[^2], out var truncated) || truncated.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            {
                return false;
            }

            outcome = new(Labels.FirstOrDefault(label.ValueEquals), truncated.GetBoolean());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false; // no JSON, or a text with half a surrogate pair
        }

        bool ended = bytes[length..].StartsWith(row.LineEnd.Span);
        length += row.LineEnd.Length;
        return ended;
    }

    /// <summary>The names of the members that are added to an object: those that it has already are prefixed.</summary>
    private IReadOnlyList<string> NamesFor(ArticleRow row)
    {
        if (row.Article == null)
        {
            return AddedNames;
        }

        HashSet<string>? taken = null;
        var reader = new Utf8JsonReader(row.Bytes.Span);
        for (_ = reader.Read(); reader.Read() && reader.TokenType == JsonTokenType.PropertyName; reader.Skip())
        {
            foreach (string name in AddedNames)
            {
                taken = reader.ValueTextEquals(name) ? MembersOf(row) : taken;
            }
        }

        return taken == null ? AddedNames : NamesBeside(taken.Contains);
    }

    private static HashSet<string> MembersOf(ArticleRow row)
    {
        using var json = JsonDocument.Parse(row.Bytes);
        return [.. json.RootElement.EnumerateObject().Select(member => member.Name)];
    }

    private static void WriteNumber<T>(Utf8JsonWriter json, string name, T? number)
        where T : struct, IUtf8SpanFormattable
    {
        json.WritePropertyName(name);
        if (number is { } value)
        {
            Span<byte> digits = stackalloc byte[32];
            _ = value.TryFormat(digits, out int written, default, System.Globalization.CultureInfo.InvariantCulture);
            json.WriteRawValue(digits[..written]);
        }
        else
        {
            json.WriteNullValue();
        }
    }
}
