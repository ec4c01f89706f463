using System.Diagnostics;
using System.Globalization;

namespace FakeNewsOnnx.Cli;

/// <summary>Shows progress: rewrites one line on a terminal; prints a new line every 10 s otherwise.</summary>
/// <param name="output">Writer that gets the line.</param>
/// <param name="isTerminal">True if a line can be rewritten.</param>
/// <param name="width">Characters of a line on a terminal; a longer line is cut.</param>
public sealed class ProgressLine(TextWriter output, bool isTerminal, int width = ProgressLine.UsualWidth)
{
    /// <summary>Width that fits a terminal of 80 columns.</summary>
    public const int UsualWidth = 78;

    private readonly TimeSpan _interval = isTerminal ? TimeSpan.FromSeconds(0.2) : TimeSpan.FromSeconds(10);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _next = isTerminal ? TimeSpan.Zero : TimeSpan.FromSeconds(10);
    private bool _isShown;

    /// <summary>Time since the work began.</summary>
    public TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>The time that is left if the rest takes as long as what is done: <c>0:01:30 left</c>.</summary>
    /// <param name="elapsed">Time since the work began.</param>
    /// <param name="done">Share of the work that is done since then, above 0.</param>
    public static string TimeLeft(TimeSpan elapsed, double done)
    {
        TimeSpan left = elapsed * Math.Max(0, (1 / done) - 1);
        return string.Create(CultureInfo.InvariantCulture, $"{(long)left.TotalHours}:{left:mm\\:ss} left");
    }

    /// <summary>Shows a line if it is time to.</summary>
    /// <param name="line">Makes the line.</param>
    /// <param name="isLast">True to show the line at once where lines are not rewritten.</param>
    public void Update(Func<string> line, bool isLast = false)
    {
        ArgumentNullException.ThrowIfNull(line);
        TimeSpan elapsed = _clock.Elapsed;
        if (elapsed < _next && (isTerminal || !isLast))
        {
            return;
        }

        _next = elapsed + _interval;
        string text = line();
        if (isTerminal)
        {
            output.Write($"\r{(text.Length > width ? text[..width] : text.PadRight(width))}");
        }
        else
        {
            output.WriteLine(text);
        }

        _isShown = true;
    }

    /// <summary>Prints a line that stays.</summary>
    public void Print(string line)
    {
        Clear();
        output.WriteLine(line);
    }

    /// <summary>Takes the line off a terminal.</summary>
    public void Clear()
    {
        if (isTerminal && _isShown)
        {
            output.Write($"\r{new string(' ', width)}\r");
            _isShown = false;
        }
    }
}
