using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Infer;

/// <summary>The options that hold one article.</summary>
internal sealed class ArticleOptions
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly TextOption _title = new("--title") { Description = "The article's headline.", HelpName = "TEXT" };
    private readonly TextOption _content = new("--content") { Description = "The article's body.", HelpName = "TEXT" };
    private readonly Option<string?> _textFile = new("--text-file") { Description = "A UTF-8 file that holds the article's body.", HelpName = "FILE" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_title);
        command.Add(_content);
        command.Add(_textFile);
    }

    /// <summary>How many bodies a command line gives: one is an article.</summary>
    public int CountBodies(CommandResult result) => (result.GetResult(_content) == null ? 0 : 1) + (result.GetResult(_textFile) == null ? 0 : 1);

    /// <summary>The article.</summary>
    /// <exception cref="UsageException">It has no content.</exception>
    /// <exception cref="InvalidDataException">The file is not UTF-8.</exception>
    public Article Read(ParseResult parsed)
    {
        string? content = parsed.GetValue(_textFile) is { } path ? ReadText(path) : parsed.GetValue(_content);
        return string.IsNullOrWhiteSpace(content) ? throw new UsageException("the article has no content.") : new(parsed.GetValue(_title), content);
    }

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path, StrictUtf8);
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"{path}: expected UTF-8; found the byte 0x{e.BytesUnknown![0]:X2}.", e);
        }
    }
}
