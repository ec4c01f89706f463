using System.Globalization;
using FakeNewsOnnx.Cli;

namespace FakeNewsOnnx.Train.Commands;

/// <summary>Shows long work: units done, rate, time left and memory.</summary>
internal sealed class ProgressDisplay
{
    private readonly string _name;
    private readonly int _total;
    private readonly int _first;
    private readonly ProgressLine _line;
    private int _done;

    private ProgressDisplay(string name, int total, int done)
    {
        _name = name;
        _total = total;
        _first = _done = done;
        bool isTerminal = !Console.IsOutputRedirected;
        _line = new(Console.Out, isTerminal, isTerminal && Console.WindowWidth > 1 ? Console.WindowWidth - 1 : ProgressLine.UsualWidth);
    }

    /// <summary>Runs work that tells a display how it goes, and returns its result.</summary>
    /// <param name="name">The work's name.</param>
    /// <param name="total">Units of work in all.</param>
    /// <param name="done">Units that were done before.</param>
    /// <param name="work">The work.</param>
    public static T Run<T>(string name, int total, int done, Func<ProgressDisplay, T> work)
    {
        var display = new ProgressDisplay(name, total, done);
        try
        {
            return work(display);
        }
        finally
        {
            display._line.Clear();
        }
    }

    /// <summary>Shows the state.</summary>
    /// <param name="state">A few words.</param>
    /// <param name="advance">Units that were finished since the last call.</param>
    public void Report(string state, int advance = 0)
    {
        _done += advance;
        _line.Update(
            () =>
            {
                int done = _done - _first;
                string left = done > 0 ? ProgressLine.TimeLeft(_line.Elapsed, (double)done / (_total - _first)) : "? left";
                return string.Create(CultureInfo.InvariantCulture, $"{_name}: {_done}/{_total}, {state}, {done / _line.Elapsed.TotalSeconds:0.00} a second, {left}, {Environment.WorkingSet / (double)(1 << 30):0.0} GiB");
            },
            isLast: advance > 0 && _done == _total);
    }

    /// <summary>Returns a callback for work that tells the number of its units done: it counts those since the last call.</summary>
    public Action<int> Count(string state)
    {
        int before = 0;
        return done =>
        {
            Report(state, done - before);
            before = done;
        };
    }

    /// <summary>Prints a line that stays.</summary>
    public void Print(string line) => _line.Print(line);
}
