namespace FakeNewsOnnx.Fuzz;

/// <summary>
/// One parser under hostile input. Whatever the bytes, it parses them or throws <see cref="InvalidDataException"/>, and allocates at most
/// <see cref="FixedBytes"/> + <see cref="BytesPerByte"/> · length.
/// </summary>
internal abstract class FuzzTarget
{
    /// <summary>The most characters of a message.</summary>
    private const int MaxMessageLength = 300;

    /// <summary>Every target.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new SafetensorsTarget(), new VocabularyTarget(), new TokenizerTarget(), new ManifestTarget(), new OnnxTarget(),
        new CsvTarget(), new JsonLinesTarget(), new JsonArrayTarget(), new TextFileTarget(), new GzipTarget(), new ScoredCsvTarget(), new ScoredJsonLinesTarget(),
    ];

    /// <summary>The target's name, and that of its folder in <c>Corpus</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What may be allocated for any input: buffers, messages of exceptions.</summary>
    public virtual int FixedBytes => 1 << 16;

    /// <summary>What may be allocated for each byte of the input.</summary>
    public abstract int BytesPerByte { get; }

    /// <summary>The longest input that is tried: long enough for every branch, short enough to try many.</summary>
    public virtual int MostBytes => 1 << 12;

    /// <summary>Input to begin with, most of it well-formed.</summary>
    public abstract IEnumerable<byte[]> Seeds { get; }

    /// <summary>Whether messages are held to one short line that a terminal shows as it is.</summary>
    public virtual bool EchoesFit => true;

    /// <summary>Words that random bytes would hardly form.</summary>
    public virtual IEnumerable<string> Words => [];

    /// <summary>Parses an input and holds the parser to its promises.</summary>
    /// <returns>How many bytes were allocated.</returns>
    /// <exception cref="BrokenPromiseException">It broke one; any other exception is a broken promise too.</exception>
    public long Check(byte[] input)
    {
        object? parsed = null;
        string message = "";
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            parsed = Parse(input);
        }
        catch (InvalidDataException e)
        {
            // The one answer that is promised.
            message = e.Message;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before, allowed = FixedBytes + ((long)BytesPerByte * input.Length);
        BrokenPromiseException.Unless(allocated <= allowed, FormattableString.Invariant($"{input.Length} bytes made it allocate {allocated}; {allowed} are allowed"));
        BrokenPromiseException.Unless(!EchoesFit || IsFit(message), $"its message is not one line of at most {MaxMessageLength} characters: {message}");
        if (parsed is not null)
        {
            Verify(input, parsed);
        }

        return allocated;
    }

    /// <summary>Whether a message is one line that a terminal shows as it is, and short.</summary>
    protected static bool IsFit(string message) => message.Length <= MaxMessageLength && !message.Any(letter => char.IsControl(letter) || letter is '\u2028' or '\u2029');

    /// <summary>Does what the programs do with such input.</summary>
    /// <exception cref="InvalidDataException">The input is refused.</exception>
    protected abstract object Parse(byte[] input);

    /// <summary>Holds what was parsed to what is promised of it.</summary>
    protected abstract void Verify(byte[] input, object parsed);
}

/// <summary>A parser did what it says it never does.</summary>
/// <param name="message">What.</param>
internal sealed class BrokenPromiseException(string message) : Exception(message)
{
    /// <summary>Throws if something does not hold.</summary>
    public static void Unless(bool holds, string message)
    {
        if (!holds)
        {
            throw new BrokenPromiseException(message);
        }
    }
}
