using System.Globalization;
using System.Text;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Articles;

/// <summary>How a file's text stands in bytes. Bytes that are no text in it are an error, never replaced.</summary>
public sealed record TextEncoding
{
    private const string Windows1252Name = "windows-1252";
    private const string CodePagePrefix = "cp";

    private readonly int _codePage;

    private TextEncoding(string name, int codePage) => (Name, _codePage) = (name, codePage);

    /// <summary>UTF-8, with or without a byte order mark.</summary>
    public static TextEncoding Utf8 { get; } = Parse("utf-8");

    /// <summary>UTF-16, the low byte first.</summary>
    public static TextEncoding Utf16 { get; } = Parse("utf-16le");

    /// <summary>UTF-16, the high byte first.</summary>
    public static TextEncoding Utf16BigEndian { get; } = Parse("utf-16be");

    private static TextEncoding Utf32 { get; } = Parse("utf-32le");

    private static TextEncoding Utf32BigEndian { get; } = Parse("utf-32be");

    /// <summary>The encoding's name, as <c>--encoding</c> takes it.</summary>
    public string Name { get; }

    /// <summary>The number of bytes of its byte order mark.</summary>
    internal int MarkLength => ToEncoding().Preamble.Length;

    /// <summary>Reads the value of <c>--encoding</c>: a name that .NET or IANA has, such as <c>windows-1252</c>, <c>latin1</c>, <c>utf-16le</c>, or <c>cp1252</c>.</summary>
    /// <exception cref="UsageException">There is no such encoding.</exception>
    public static TextEncoding Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        try
        {
            Encoding found = name.StartsWith(CodePagePrefix, StringComparison.OrdinalIgnoreCase) && int.TryParse(name.AsSpan(CodePagePrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int codePage)
                ? Strict(codePage)
                : CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
            return new(NameOf(found), found.CodePage);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new UsageException($"--encoding must be a name such as utf-8, utf-16le, {Windows1252Name} or latin1; found {Echo.Quote(name)}.");
        }
    }

    /// <summary>The encoding whose byte order mark a text begins with; null if it begins with none.</summary>
    internal static TextEncoding? OfMark(ReadOnlySpan<byte> start)
    {
        foreach (TextEncoding encoding in (ReadOnlySpan<TextEncoding>)[Utf8, Utf32, Utf32BigEndian, Utf16, Utf16BigEndian])
        {
            if (start.StartsWith(encoding.ToEncoding().Preamble))
            {
                return encoding;
            }
        }

        return null;
    }

    /// <summary>UTF-16 if every second byte of the Latin letters at a text's start is NUL; else null.</summary>
    internal static TextEncoding? Guess(ReadOnlySpan<byte> start)
    {
        int even = 0, odd = 0, pairs = start.Length / 2;
        for (int i = 0; i < pairs * 2; i += 2)
        {
            even += start[i] == 0 ? 1 : 0;
            odd += start[i + 1] == 0 ? 1 : 0;
        }

        return pairs < 4 || Math.Max(even, odd) * 2 <= pairs || Math.Min(even, odd) > 0 ? null : odd > even ? Utf16 : Utf16BigEndian;
    }

    /// <summary>The part of a message that says how bytes that are no UTF-8 could be read: empty if nothing is likely.</summary>
    internal static string Suggest(ReadOnlySpan<byte> record) => record.IndexOfAny([(byte)0x81, (byte)0x8D, (byte)0x8F, (byte)0x90, (byte)0x9D]) < 0
        ? $" It may be {Windows1252Name}: --encoding {Windows1252Name} reads that."
        : " --encoding names another encoding.";

    /// <summary>.NET's encoding, which throws <see cref="DecoderFallbackException"/> for bytes that are no text in it.</summary>
    internal Encoding ToEncoding() => Strict(_codePage);

    /// <summary>.NET's encoding, which replaces bytes that are no text in it.</summary>
    internal Encoding ToLenientEncoding()
    {
        var encoding = (Encoding)ToEncoding().Clone();
        encoding.DecoderFallback = DecoderFallback.ReplacementFallback;
        return encoding;
    }

    /// <summary>.NET's name, but with the order of the bytes where .NET leaves it out.</summary>
    private static string NameOf(Encoding encoding) => encoding.WebName switch
    {
        "utf-16" => "utf-16le",
        "utf-32" => "utf-32le",
        var name => name.ToLowerInvariant(),
    };

    private static Encoding Strict(int codePage) =>
        CodePagesEncodingProvider.Instance.GetEncoding(codePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
        ?? Encoding.GetEncoding(codePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
}
