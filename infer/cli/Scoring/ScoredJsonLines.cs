using System.Buffers;
using System.Text;
using System.Text.Json;
using FakeNewsOnnx.Articles;

namespace FakeNewsOnnx.Infer;

/// <summary>
/// Scored JSON Lines: the object's bytes, with the added members before its closing brace. A line that cannot be read
/// becomes the string member <c>record</c> of an object, so that the output can be.
/// </summary>
/// <param name="input">The first file.</param>
/// <param name="labels">The model's labels.</param>
internal sealed class ScoredJsonLines(JsonLinesReader input, IReadOnlyList<string> labels) : ScoredFormat(labels)
{
    private readonly ArrayBufferWriter<byte> _members = new();

    /// <inheritdoc/>
    public override ArticleRow Check(ArticleRow row)
    {
        if (row.Article == null)
        {
            return row;
        }

        var reader = new Utf8JsonReader(row.Bytes.Span);
        for (_ = reader.Read(); reader.Read() && reader.TokenType == JsonTokenType.PropertyName; reader.Skip())
        {
            foreach (string name in AddedNames)
            {
                if (reader.ValueTextEquals(name))
                {
                    return row with { Article = null, Error = $"expected no member '{name}', which scoring adds; found one." };
                }
            }
        }

        return row;
    }

    /// <inheritdoc/>
    public override void WriteStart(IBufferWriter<byte> output) => output.Write(input.Preamble.Span);

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
        _members.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_members))
        {
            json.WriteStartObject();
            json.WriteString("predicted_label", scored.Result?.Label);
            WriteNumber(json, "score", scored.Result?.Score);
            foreach (var (i, label) in Labels.Index())
            {
                WriteNumber(json, $"p_{label}", scored.Result?.Probabilities[i]);
            }

            WriteNumber(json, "tokens", scored.Result?.TokenCount);
            json.WriteBoolean("truncated", scored.Result?.Truncated ?? false);
            json.WriteString("error", scored.Error);
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
        length = bytes.IndexOfAny((byte)'\n', (byte)'\r') is var end and >= 0 ? end : bytes.Length;
        try
        {
            using var members = JsonDocument.Parse((byte[])[(byte)'{', .. bytes[..length]]);
            if (!members.RootElement.TryGetProperty("predicted_label", out var label) || label.ValueKind is not (JsonValueKind.String or JsonValueKind.Null)
                || !members.RootElement.TryGetProperty("truncated", out var truncated) || truncated.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
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
