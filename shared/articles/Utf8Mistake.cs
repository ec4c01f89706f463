using System.Text;

namespace FakeNewsOnnx.Articles;

/// <summary>Bytes that are no UTF-8.</summary>
internal static class Utf8Mistake
{
    /// <summary>UTF-8 that throws for such bytes.</summary>
    public static UTF8Encoding Strict { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What is wrong in a record, and how it could be read; null if it is UTF-8.</summary>
    public static string? Find(ReadOnlySpan<byte> record)
    {
        try
        {
            _ = Strict.GetCharCount(record);
            return null;
        }
        catch (DecoderFallbackException e)
        {
            return $"expected UTF-8; found the byte 0x{e.BytesUnknown![0]:X2} at byte {e.Index} of the record.{TextEncoding.Suggest(record)}";
        }
    }
}
