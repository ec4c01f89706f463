using System.Diagnostics;
using FakeNewsOnnx.Train.Report;

namespace FakeNewsOnnx.Train.FineTuning;

/// <summary>Takes the time of the steps of a run.</summary>
internal sealed class StepTimes
{
    private readonly List<Timing> _steps = [];

    /// <summary>The steps so far, in their order.</summary>
    public IReadOnlyList<Timing> Steps => _steps;

    /// <summary>Does a step.</summary>
    /// <param name="what">Its name.</param>
    /// <param name="work">The step.</param>
    /// <param name="articles">How many articles went through it.</param>
    public T Measure<T>(string what, Func<T> work, Func<T, int> articles)
    {
        long start = Stopwatch.GetTimestamp();
        T result = work();
        _steps.Add(new(what, Stopwatch.GetElapsedTime(start).TotalSeconds, articles(result)));
        return result;
    }
}
