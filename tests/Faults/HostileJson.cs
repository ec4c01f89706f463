using System.Text;
using System.Text.Json;
using CsCheck;

namespace FakeNewsOnnx.Tests.Faults;

/// <summary>JSON that someone has had a hand in: a document with some of its values, names or bytes replaced.</summary>
internal static class HostileJson
{
    /// <summary>What breaks careless readers: nothing, the wrong kind, numbers out of every range, text that is no Unicode, patterns, depth, and names that come twice.</summary>
    private static readonly Gen<string> Values = Gen.OneOf(
        Gen.OneOf("null", "true", "false", "0", "-0", "-1", "1.5", "1e999", "-1e999", "1e-999", "2147483647", "2147483648", "-2147483648", "9223372036854775808", "123456789012345678901234567890"),
        Gen.OneOf("\"\"", "\" \"", "\"NaN\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u0000\"", "\"\\\"\"", "\"" + new string('x', 5_000) + "\"", "\"../../x\"", "\"/etc/passwd\"", "\"C:\\\\x\"", "\"CON\""),
        Gen.OneOf("\"(\"", "\"[\"", "\"(a+)+$\"", "\"(x+x+)+y\"", "\".*\"", "\"a{2147483647}\"", "\"\\\\\"", "\"" + new string('(', 3_000) + "\"", "\"all-linear\"", "\"c_attn\"", "\"score\"", "\"transformer\""),
        Gen.OneOf("[]", "{}", "[null]", "[[]]", "[{}]", "[1]", "[\"a\"]", "[\"a\",\"a\"]", "[\"\",null]", "[-1,1e9]", "{\"a\":null}", "{\"a\":1,\"a\":2}", "{\"\":1}", "{\"\\ud800\":1}", "{\"0\":\"a\",\"1\":\"b\"}", "{\"(\":1}", "{\".*\":0}"),
        Gen.OneOf(new string('[', 100) + new string(']', 100), "[", "}", "nul", "'a'", "\"open", "// no comment\n1", "1,"),
        Gen.Int.Select(number => FormattableString.Invariant($"{number}")),
        Gen.Double.Select(number => double.IsFinite(number) ? FormattableString.Invariant($"{number:R}") : "0"),
        Gen.String.Select(text => JsonSerializer.Serialize(text)));

    /// <summary>Variations on a document.</summary>
    public static Gen<byte[]> From(string document)
    {
        using JsonDocument parsed = JsonDocument.Parse(document);
        int places = 0;
        Write(parsed.RootElement, new(), ref places, Array.Empty<(int Place, string Value)>().ToLookup(change => change.Place, change => change.Value));
        Gen<(int Place, string Value)[]> changes = Gen.Select(Gen.Int[0, places - 1], Values).Array[1, 4];
        Gen<byte[]> changed = changes.Select(list => Encoding.UTF8.GetBytes(Change(document, list)));
        return Gen.Frequency((8, changed), (1, Gen.Select(changed, Gen.Int[0, 1 << 20], Gen.Byte).Select((bytes, at, value) => Damage(bytes, at, value))), (1, Gen.Byte.Array[0, 200]));
    }

    private static string Change(string document, (int Place, string Value)[] changes)
    {
        using JsonDocument parsed = JsonDocument.Parse(document);
        var text = new StringBuilder();
        int place = 0;
        Write(parsed.RootElement, text, ref place, changes.ToLookup(change => change.Place, change => change.Value));
        return text.ToString();
    }

    private static byte[] Damage(byte[] bytes, int at, byte value)
    {
        bytes[at % bytes.Length] = value;
        return bytes;
    }

    /// <summary>Writes a value; every value and every name has a place, where something else may be put.</summary>
    private static void Write(JsonElement value, StringBuilder text, ref int place, ILookup<int, string> changes)
    {
        if (changes[place++].FirstOrDefault() is { } other)
        {
            text.Append(other);
            return;
        }

        string separator = "";
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    text.Append(separator).Append(changes[place++].FirstOrDefault() ?? JsonSerializer.Serialize(property.Name)).Append(':');
                    Write(property.Value, text, ref place, changes);
                    separator = ",";
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                foreach (JsonElement item in value.EnumerateArray())
                {
                    text.Append(separator);
                    Write(item, text, ref place, changes);
                    separator = ",";
                }

                text.Append(']');
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }
}
