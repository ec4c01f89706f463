using FakeNewsOnnx.Files;
using ZstdSharp;

namespace FakeNewsOnnx.Articles;

/// <summary>Files of text as UTF-8: unpacked and transcoded, by what their first bytes say rather than their names.</summary>
public static class TextFile
{
    /// <summary>The number of bytes by which UTF-16 without a byte order mark is known.</summary>
    private const int ShownBytes = 64;

    private static ReadOnlySpan<byte> GzipMagic => [0x1F, 0x8B];

    private static ReadOnlySpan<byte> ZstandardMagic => [0x28, 0xB5, 0x2F, 0xFD];

    /// <summary>Opens a file as UTF-8. UTF-8 keeps its bytes, a byte order mark included; another encoding loses its byte order mark.</summary>
    /// <param name="path">The file.</param>
    /// <param name="encoding">The text's encoding; null for UTF-8, and for UTF-16 and UTF-32 with a byte order mark.</param>
    /// <param name="note">Gets a line on each thing that the file's name does not say: compression, another encoding.</param>
    /// <exception cref="InvalidDataException">The file is an archive, or in an encoding that has to be named. Reading throws it for damaged data.</exception>
    /// <exception cref="IOException">The file cannot be read, or is a folder.</exception>
    public static Stream Open(string path, TextEncoding? encoding = null, Action<string>? note = null) => Read(FileNames.OpenRead(path), path, encoding, note);

    /// <summary>Reads a stream as UTF-8; it is closed with the result.</summary>
    /// <param name="file">The file's bytes, from their start.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="encoding">See <see cref="Open"/>.</param>
    /// <param name="note">See <see cref="Open"/>.</param>
    /// <exception cref="InvalidDataException">See <see cref="Open"/>.</exception>
    public static Stream Read(Stream file, string name, TextEncoding? encoding = null, Action<string>? note = null)
    {
        try
        {
            var text = new PeekStream(Unpack(file, name, note));
            ReadOnlySpan<byte> start = text.Peek(ShownBytes);
            TextEncoding? marked = TextEncoding.OfMark(start);
            if (marked is { } found && (encoding ?? found) != found)
            {
                throw new InvalidDataException($"{name}(1): --encoding says {encoding!.Name}; found the byte order mark of {found.Name}.");
            }

            encoding ??= marked ?? (TextEncoding.Guess(start) is { } guess
                ? throw new InvalidDataException($"{name}(1): expected UTF-8; found a NUL in every second byte, from byte {(guess == TextEncoding.Utf16 ? 1 : 0)} on. --encoding {guess.Name} reads it.")
                : TextEncoding.Utf8);
            if (encoding == TextEncoding.Utf8)
            {
                return text;
            }

            note?.Invoke($"{name}: read as {encoding.Name}; all output is UTF-8.");
            text.Skip(marked?.MarkLength ?? 0);
            return new TranscodedText(text, name, encoding);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file's bytes, unpacked.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is an archive. Reading throws it for damaged data.</exception>
    /// <exception cref="IOException">The file cannot be read, or is a folder.</exception>
    public static Stream OpenUnpacked(string path)
    {
        var file = FileNames.OpenRead(path);
        try
        {
            return Unpack(file, path, note: null);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static ForwardStream Unpack(Stream file, string name, Action<string>? note)
    {
        var packed = new PeekStream(file);
        ReadOnlySpan<byte> start = packed.Peek(ZstandardMagic.Length);
        if (start.StartsWith("PK\x03\x04"u8) || start.StartsWith("PK\x05\x06"u8))
        {
            throw new InvalidDataException($"{name}: expected text; found a ZIP archive. Unpack it and give the file inside; save a workbook (.xlsx) as CSV.");
        }

        bool isGzip = start.StartsWith(GzipMagic), isZstandard = start.StartsWith(ZstandardMagic);
        bool isNamedGzip = FileNames.IsGzip(name), isNamedZstandard = FileNames.IsZstandard(name);
        if ((isNamedGzip && !isGzip && GzipMagic.StartsWith(start)) || (isNamedZstandard && !isZstandard && ZstandardMagic.StartsWith(start)))
        {
            throw new InvalidDataException($"{name}: expected compressed data; found a file of {start.Length} bytes.");
        }

        if (isGzip != isNamedGzip || isZstandard != isNamedZstandard)
        {
            note?.Invoke($"{name}: read as {(isGzip ? "gzip" : isZstandard ? "Zstandard" : "text that is not compressed")}, as its first bytes say.");
        }

        return isGzip ? new GzipText(packed, name) : isZstandard ? new ZstandardText(packed, name) : packed;
    }

    /// <summary>Unpacks Zstandard data, one frame or several.</summary>
    private sealed class ZstandardText(Stream packed, string name) : ForwardStream(new DecompressionStream(packed, checkEndOfStream: true, leaveOpen: false))
    {
        public override int Read(Span<byte> buffer)
        {
            try
            {
                return Inner.Read(buffer);
            }
            catch (EndOfStreamException e)
            {
                throw new InvalidDataException($"{name}: the Zstandard data are cut off: expected more bytes at the end of the file. Get the file again.", e);
            }
            catch (ZstdException e)
            {
                throw new InvalidDataException($"{name}: the Zstandard data are damaged, or other bytes follow them. Get the file again.", e);
            }
        }
    }
}
