using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace FakeNewsOnnx.Train.Commands;

/// <summary>Shows long work: a live line with rate and time left on a terminal, plain lines in a log.</summary>
internal static class ProgressDisplay
{
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(10);

    /// <summary>Runs the work, which reports each finished unit with a word on its state.</summary>
    /// <param name="name">What is being done.</param>
    /// <param name="total">Units of work in all.</param>
    /// <param name="work">Calls its argument once for each finished unit.</param>
    public static void Run(string name, int total, Action<Action<string>> work)
    {
        if (AnsiConsole.Profile.Capabilities.Interactive)
        {
            AnsiConsole.Progress()
                .AutoClear(true)
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
                .Start(context =>
                {
                    ProgressTask task = context.AddTask(name, maxValue: total);
                    work(state =>
                    {
                        task.Description = Markup.Escape($"{name}: {state}");
                        task.Increment(1);
                    });
                });
            return;
        }

        var clock = Stopwatch.StartNew();
        TimeSpan printed = TimeSpan.Zero;
        int done = 0;
        work(state =>
        {
            done++;
            if (clock.Elapsed - printed >= LogInterval || done == total)
            {
                printed = clock.Elapsed;
                TimeSpan left = clock.Elapsed / done * (total - done);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {done}/{total}, {state}, {done / clock.Elapsed.TotalSeconds:0.00} a second, {left:mm\\:ss} left"));
            }
        });
    }
}
