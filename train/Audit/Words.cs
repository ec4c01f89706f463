namespace FakeNewsOnnx.Train.Audit;

/// <summary>The words of a text: runs of letters and digits, with apostrophes of either style between letters.</summary>
/// <param name="text">The text.</param>
internal ref struct Words(ReadOnlySpan<char> text)
{
    private ReadOnlySpan<char> _rest = text;

    /// <summary>The word.</summary>
    public ReadOnlySpan<char> Current { get; private set; }

    /// <summary>What a <c>foreach</c> walks over.</summary>
    public readonly Words GetEnumerator() => this;

    /// <summary>Goes on to the next word.</summary>
    public bool MoveNext()
    {
        int start = 0;
        while (start < _rest.Length && !char.IsLetterOrDigit(_rest[start]))
        {
            start++;
        }

        int end = start;
        while (end < _rest.Length && (char.IsLetterOrDigit(_rest[end]) || (_rest[end] is '\'' or '’' && end > start && end + 1 < _rest.Length && char.IsLetter(_rest[end + 1]))))
        {
            end++;
        }

        Current = _rest[start..end];
        _rest = _rest[end..];
        return !Current.IsEmpty;
    }

    /// <summary>A hash of a word that is the same in capitals and with either apostrophe (FNV-1a, 64 bits).</summary>
    public static ulong Hash(ReadOnlySpan<char> word)
    {
        ulong hash = 14695981039346656037;
        foreach (char letter in word)
        {
            hash = (hash ^ (letter == '’' ? '\'' : char.ToLowerInvariant(letter))) * 1099511628211;
        }

        return hash;
    }

    /// <summary>A hash of all words in their order: texts with the same one differ in case, punctuation and white space only.</summary>
    public static ulong HashAll(ReadOnlySpan<char> text)
    {
        ulong hash = 0;
        foreach (var word in new Words(text))
        {
            hash = Fingerprint.Mix(hash + Hash(word));
        }

        return hash;
    }
}
