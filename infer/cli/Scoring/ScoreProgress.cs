using System.Globalization;
using FakeNewsOnnx.Cli;

namespace FakeNewsOnnx.Infer;

/// <summary>Shows the progress of a scoring run: rows, rate and, where the input's length is known, the time that is left.</summary>
/// <param name="output">Writer that gets the line.</param>
/// <param name="isTerminal">True if a line can be rewritten.</param>
/// <param name="firstByte">Place in the input where the work begins, in bytes.</param>
/// <param name="lastByte">Place where the work ends; null if it is not known.</param>
internal sealed class ScoreProgress(TextWriter output, bool isTerminal, long firstByte, long? lastByte)
{
    private readonly ProgressLine _line = new(output, isTerminal);

    /// <summary>Shows the state if it is time to.</summary>
    /// <param name="rows">Rows that are done.</param>
    /// <param name="bytes">Bytes of the input that have been read.</param>
    public void Update(long rows, long bytes) => _line.Update(() =>
    {
        string left = "";
        if (lastByte is { } last && bytes > firstByte)
        {
            double done = (double)(bytes - firstByte) / Math.Max(1, last - firstByte);
            left = string.Create(CultureInfo.InvariantCulture, $", {Math.Min(1, done):P0}, {ProgressLine.TimeLeft(_line.Elapsed, done)}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{rows:N0} rows, {rows / _line.Elapsed.TotalSeconds:F1} articles/s{left}");
    });

    /// <inheritdoc cref="ProgressLine.Clear"/>
    public void Clear() => _line.Clear();
}
