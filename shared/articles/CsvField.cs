using System.Buffers;

namespace FakeNewsOnnx.Articles;

/// <summary>A field of a CSV record, as RFC 4180 writes it.</summary>
public static class CsvField
{
    private static readonly SearchValues<char> NeedQuotes = SearchValues.Create(',', '"', '\r', '\n');

    /// <summary>The text, in quotes if it needs them.</summary>
    public static string Quote(string text) => text.AsSpan().ContainsAny(NeedQuotes) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
