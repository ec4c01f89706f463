using System.Diagnostics;
using System.Globalization;

namespace FakeNewsOnnx.Hub;

/// <summary>Is told how downloads go.</summary>
public interface IDownloadProgress
{
    /// <summary>Says something that a user should know.</summary>
    void Note(string text);

    /// <summary>Says how much of a file is there.</summary>
    /// <param name="file">The file's name in its repository.</param>
    /// <param name="bytes">How many of its bytes are there.</param>
    /// <param name="total">How many it has.</param>
    void Report(string file, long bytes, long total);
}

/// <summary>Shows downloads on standard error: a line that changes on a terminal, a line every ten seconds and at the end in a log.</summary>
internal sealed class ConsoleProgress : IDownloadProgress
{
    private readonly TimeSpan _interval = Console.IsErrorRedirected ? TimeSpan.FromSeconds(10) : TimeSpan.FromMilliseconds(200);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _shown;

    /// <inheritdoc/>
    public void Note(string text) => Console.Error.WriteLine($"note: {text}");

    /// <inheritdoc/>
    public void Report(string file, long bytes, long total)
    {
        if (bytes < total && _clock.Elapsed - _shown < _interval)
        {
            return;
        }

        _shown = _clock.Elapsed;
        string line = string.Create(CultureInfo.InvariantCulture, $"{file}: {bytes / 1e6:F1} of {total / 1e6:F1} MB");
        if (Console.IsErrorRedirected || bytes == total)
        {
            Console.Error.WriteLine(Console.IsErrorRedirected ? line : $"\r{line}");
        }
        else
        {
            Console.Error.Write($"\r{line}");
        }
    }
}
