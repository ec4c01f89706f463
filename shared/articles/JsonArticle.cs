using System.Text;
using System.Text.Json;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Articles;

/// <summary>Reads an article from a JSON object.</summary>
/// <param name="columns">The members that hold it.</param>
/// <param name="maxFieldBytes">The largest string that is read, in bytes.</param>
internal sealed class JsonArticle(ArticleColumns columns, int maxFieldBytes)
{
    private static readonly string[] NoNumbers = ["NaN", "-Infinity", "Infinity"];

    /// <summary>The row with its article and label, or with the error of an object that cannot be read.</summary>
    public ArticleRow Read(ArticleRow row)
    {
        ReadOnlySpan<byte> json = row.Bytes.Span;
        if (json.StartsWith(Encoding.UTF8.Preamble))
        {
            return row with { Error = "expected a JSON object; found a byte order mark inside the file. Were files joined?" };
        }

        if (Utf8Mistake.Find(json) is { } mistake)
        {
            return row with { Error = mistake };
        }

        try
        {
            var (article, label) = ReadObject(json);
            return row with { Article = article, Label = label };
        }
        catch (JsonException e)
        {
            return row with { Error = Describe(json, (int)(e.BytePositionInLine ?? 0)) };
        }
        catch (InvalidOperationException)
        {
            return row with { Error = "expected Unicode text in the names of members; found half a surrogate pair." };
        }
        catch (InvalidDataException e)
        {
            return row with { Error = e.Message };
        }
    }

    /// <summary>What is wrong at a byte.</summary>
    internal static string Describe(ReadOnlySpan<byte> json, int place)
    {
        foreach (string word in NoNumbers)
        {
            // The reader stops inside a word that it does not know.
            int start = Math.Max(0, place - word.Length), found = json[start..].IndexOf(Encoding.ASCII.GetBytes(word));
            if (found >= 0 && start + found <= place)
            {
                return $"expected a JSON object; found {word} at byte {start + found} of the record, which is no number in JSON. Write null instead.";
            }
        }

        return $"expected a JSON object; found a mistake at byte {place} of the record.";
    }

    private (Article Article, string? Label) ReadObject(ReadOnlySpan<byte> json)
    {
        string? title = null, content = null, label = null;
        bool hasTitle = false, hasContent = false, hasLabel = false;
        var reader = new Utf8JsonReader(json);
        _ = reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new InvalidDataException($"expected a JSON object; found {reader.TokenType}.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueIsEscaped)
            {
                _ = reader.GetString(); // throws for half a surrogate pair, which a comparison finds or does not
            }

            if (reader.ValueTextEquals(columns.Title))
            {
                RequireOnce(ref hasTitle, columns.Title);
                title = ReadString(ref reader, columns.Title);
            }
            else if (reader.ValueTextEquals(columns.Content))
            {
                RequireOnce(ref hasContent, columns.Content);
                content = ReadString(ref reader, columns.Content);
            }
            else if (reader.ValueTextEquals(columns.Label))
            {
                RequireOnce(ref hasLabel, columns.Label);
                label = ReadLabel(ref reader, json);
            }
            else
            {
                reader.Skip();
            }
        }

        int end = (int)reader.BytesConsumed;
        return json[end..].IndexOfAnyExcept(" \t\r\n"u8) is var more and >= 0
            ? throw new InvalidDataException($"expected one JSON object; found more after it at byte {end + more} of the record.")
            : (new(title, content), label);
    }

    private static void RequireOnce(ref bool isThere, string name) =>
        isThere = !isThere ? true : throw new InvalidDataException($"expected the member {Echo.Quote(name)} once; found it twice.");

    private string? ReadString(ref Utf8JsonReader reader, string name)
    {
        _ = reader.Read();
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
        {
            throw new InvalidDataException($"expected a string or null in {Echo.Quote(name)}; found {reader.TokenType}.");
        }

        if (reader.ValueSpan.Length > maxFieldBytes)
        {
            throw new InvalidDataException($"expected fields of at most {maxFieldBytes} bytes; found {reader.ValueSpan.Length} in {Echo.Quote(name)}.");
        }

        return GetString(ref reader, name);
    }

    private static string? GetString(ref Utf8JsonReader reader, string name)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            throw new InvalidDataException($"expected Unicode text in {Echo.Quote(name)}; found half a surrogate pair.");
        }
    }

    /// <summary>A string's text; of anything else but null, its JSON.</summary>
    private string? ReadLabel(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        _ = reader.Read();
        int start = (int)reader.TokenStartIndex;
        reader.Skip();
        return reader.TokenType is JsonTokenType.String or JsonTokenType.Null
            ? GetString(ref reader, columns.Label)
            : Encoding.UTF8.GetString(json[start..(int)reader.BytesConsumed]);
    }
}
