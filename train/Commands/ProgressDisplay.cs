using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace FakeNewsOnnx.Train.Commands;

/// <summary>Shows long work: a live line with time left and memory on a terminal, plain lines in a log.</summary>
internal sealed class ProgressDisplay
{
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(10);

    private readonly string _name;
    private readonly int _total;
    private readonly int _first;
    private readonly ProgressTask? _task;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _printed;
    private int _done;

    private ProgressDisplay(string name, int total, int done, ProgressTask? task)
    {
        _name = name;
        _total = total;
        _first = _done = done;
        _task = task;
        _task?.Increment(done);
    }

    /// <summary>Runs work that tells a display how it goes, and returns its result.</summary>
    /// <param name="name">The work's name.</param>
    /// <param name="total">Units of work in all.</param>
    /// <param name="done">Units that were done before.</param>
    /// <param name="work">The work.</param>
    public static T Run<T>(string name, int total, int done, Func<ProgressDisplay, T> work) => !AnsiConsole.Profile.Capabilities.Interactive
        ? work(new(name, total, done, null))
        : AnsiConsole.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => work(new(name, total, done, context.AddTask(name, maxValue: total))));

    /// <summary>Says how it stands.</summary>
    /// <param name="state">A few words.</param>
    /// <param name="advance">Units that were finished since the last call.</param>
    public void Report(string state, int advance = 0)
    {
        _done += advance;
        if (_task is not null)
        {
            _task.Description = Markup.Escape($"{_name}: {state}, {Memory()}");
            _task.Increment(advance);
        }
        else if (_clock.Elapsed - _printed >= LogInterval || (advance > 0 && _done == _total))
        {
            _printed = _clock.Elapsed;
            double rate = (_done - _first) / _clock.Elapsed.TotalSeconds;
            TimeSpan rest = TimeSpan.FromSeconds(rate > 0 ? (_total - _done) / rate : 0);
            string left = rate > 0 ? string.Create(CultureInfo.InvariantCulture, $"{(long)rest.TotalHours}:{rest:mm\\:ss}") : "?";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_name}: {_done}/{_total}, {state}, {rate:0.00} a second, {left} left, {Memory()}"));
        }
    }

    /// <summary>For work that says how many of its units are done: counts those since it last did.</summary>
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
    public void Print(string line)
    {
        if (_task is not null)
        {
            AnsiConsole.WriteLine(line);
        }
        else
        {
            Console.WriteLine(line);
        }
    }

    private static string Memory() => string.Create(CultureInfo.InvariantCulture, $"{Environment.WorkingSet / (double)(1 << 30):0.0} GiB");
}
