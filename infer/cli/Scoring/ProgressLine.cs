using System.Diagnostics;
using System.Globalization;

namespace FakeNewsOnnx.Infer;

/// <summary>How far a run is: one line that is written over on a terminal, a new line every 10 s elsewhere.</summary>
/// <param name="output">Where to write.</param>
/// <param name="isTerminal">Whether a line can be written over.</param>
/// <param name="firstByte">Where in the input the work begins.</param>
/// <param name="lastByte">Where it ends; null when that is not known.</param>
internal sealed class ProgressLine(TextWriter output, bool isTerminal, long firstByte, long? lastByte)
{
    private readonly TimeSpan _interval = isTerminal ? TimeSpan.FromSeconds(0.2) : TimeSpan.FromSeconds(10);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _next = isTerminal ? TimeSpan.Zero : TimeSpan.FromSeconds(10);
    private bool _shown;

    /// <summary>Shows the state if it is time to.</summary>
    /// <param name="rows">Rows that are done.</param>
    /// <param name="bytes">Bytes of the input that have been read.</param>
    public void Update(long rows, long bytes)
    {
        var elapsed = _clock.Elapsed;
        if (elapsed < _next)
        {
            return;
        }

        _next = elapsed + _interval;
        string left = lastByte is { } last && bytes > firstByte
            ? TimeLeft((double)(bytes - firstByte) / Math.Max(1, last - firstByte))
            : "";
        string line = string.Create(CultureInfo.InvariantCulture, $"{rows:N0} rows, {rows / elapsed.TotalSeconds:F1} articles/s{left}");
        if (isTerminal)
        {
            output.Write($"\r{line,-78}");
        }
        else
        {
            output.WriteLine(line);
        }

        _shown = true;
    }

    private string TimeLeft(double done)
    {
        var left = _clock.Elapsed * Math.Max(0, (1 / done) - 1);
        return string.Create(CultureInfo.InvariantCulture, $", {Math.Min(1, done):P0}, {(long)left.TotalHours}:{left:mm\\:ss} left");
    }

    /// <summary>Takes the line off a terminal.</summary>
    public void Clear()
    {
        if (isTerminal && _shown)
        {
            output.Write($"\r{"",-78}\r");
        }
    }
}
