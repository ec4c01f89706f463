using System.Text;

namespace FakeNewsOnnx.Tests.Docs;

/// <summary>Command lines as they stand in a shell's script; as much of its grammar as the pages use.</summary>
internal static class ShellCommand
{
    /// <summary>The words of each command: a line ends one, and so does an operator; comments are left out.</summary>
    public static IEnumerable<string[]> Split(string script)
    {
        foreach (string line in script.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n'))
        {
            var words = new List<string>();
            foreach (string word in Words(line))
            {
                if (word is "|" or "&&" or "||" or ";" or ">" or "<" or "&")
                {
                    yield return [.. words];
                    words.Clear();
                }
                else
                {
                    words.Add(word);
                }
            }

            yield return [.. words];
        }
    }

    private static IEnumerable<string> Words(string line)
    {
        StringBuilder? word = null;
        char quote = '\0';
        foreach (char letter in line + " ")
        {
            if (letter == quote)
            {
                quote = '\0';
            }
            else if (quote != '\0')
            {
                word!.Append(letter);
            }
            else if (letter is '"' or '\'')
            {
                quote = letter;
                word ??= new();
            }
            else if (letter is ' ' or '\t')
            {
                if (word != null)
                {
                    yield return word.ToString();
                }

                word = null;
            }
            else if (letter == '#' && word == null)
            {
                yield break;
            }
            else
            {
                (word ??= new()).Append(letter);
            }
        }
    }
}
