namespace FakeNewsOnnx.Articles;

/// <summary>Where the quotes of a CSV record that cannot be read are: CsvHelper says only that something is wrong.</summary>
internal static class CsvQuotes
{
    /// <summary>Finds the quote that is still open at the end of some text.</summary>
    /// <param name="text">The text: a byte order mark or line breaks, then a record.</param>
    /// <param name="firstLine">The line on which the record starts.</param>
    /// <returns>The line on which the quote opens, and whether there is one.</returns>
    public static (long Line, bool IsOpen) FindOpen(ReadOnlySpan<byte> text, long firstLine)
    {
        text = text.TrimStart("\uFEFF\r\n"u8);
        bool isOpen = false;
        long line = firstLine, opened = firstLine;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '"' && isOpen)
            {
                // Two quotes in a quoted field are one of its text: the field goes on.
                bool isDoubled = i + 1 < text.Length && text[i + 1] == '"';
                isOpen = isDoubled;
                i += isDoubled ? 1 : 0;
            }
            else if (text[i] == '"' && (i == 0 || text[i - 1] is (byte)',' or (byte)'\r' or (byte)'\n'))
            {
                (isOpen, opened) = (true, line);
            }

            line += text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n')) ? 1 : 0;
        }

        return (opened, isOpen);
    }

    /// <summary>The column, from 1, of the first field that has a quote in a place where none may be.</summary>
    public static int FindMalformedColumn(ReadOnlySpan<byte> record)
    {
        int column = 1, start = 0;
        bool isQuoted = false;
        for (int i = 0; i < record.Length; i++)
        {
            if (i == start && record[i] == '"')
            {
                isQuoted = true;
            }
            else if (isQuoted && record[i] == '"')
            {
                bool isDoubled = i + 1 < record.Length && record[i + 1] == '"';
                isQuoted = isDoubled;
                i += isDoubled ? 1 : 0;
                if (!isDoubled && i + 1 < record.Length && record[i + 1] != ',')
                {
                    return column;
                }
            }
            else if (!isQuoted && record[i] == '"')
            {
                return column;
            }
            else if (!isQuoted && record[i] == ',')
            {
                (column, start) = (column + 1, i + 1);
            }
        }

        return column;
    }
}
