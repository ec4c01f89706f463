using System.Collections.Concurrent;
using FakeNewsOnnx.Hub;

namespace FakeNewsOnnx.Tests.Hub;

/// <summary>A clock on which every wait is over at once, and remembered.</summary>
internal sealed class InstantClock : TimeProvider
{
    public ConcurrentQueue<TimeSpan> Waits { get; } = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime > TimeSpan.Zero)
        {
            Waits.Enqueue(dueTime);
        }

        return base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? TimeSpan.Zero : dueTime, period);
    }
}

/// <summary>Remembers what a user would have been told.</summary>
internal sealed class RecordedProgress : IDownloadProgress
{
    public ConcurrentQueue<string> Notes { get; } = [];

    public void Note(string text) => Notes.Enqueue(text);

    public void Report(string file, long bytes, long total)
    {
    }
}
