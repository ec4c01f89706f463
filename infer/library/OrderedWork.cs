using System.Runtime.CompilerServices;

namespace FakeNewsOnnx.Inference;

/// <summary>Parallel work whose results keep the order of its items.</summary>
internal static class OrderedWork
{
    /// <summary>Finished results that may wait for a slow one before them, per worker.</summary>
    private const int LookAhead = 8;

    /// <summary>Does the work on up to <paramref name="workers"/> items at once, and yields the results in the items' order.</summary>
    /// <remarks>At most <paramref name="workers"/> × 8 items are held at any time. When it ends, no work is left running.</remarks>
    public static async IAsyncEnumerable<TResult> SelectInOrderAsync<TItem, TResult>(
        this IAsyncEnumerable<TItem> items, Func<TItem, TResult> work, int workers, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var free = new SemaphoreSlim(workers);
        var window = new Queue<Task<TResult>>();
        try
        {
            await foreach (var item in items.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                await free.WaitAsync(cancellationToken).ConfigureAwait(false);
                window.Enqueue(Task.Run(() => Work(item), CancellationToken.None));
                while (window.TryPeek(out var first) && (first.IsCompleted || window.Count >= workers * LookAhead))
                {
                    yield return await window.Dequeue().ConfigureAwait(false);
                }
            }

            while (window.TryDequeue(out var next))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return await next.ConfigureAwait(false);
            }
        }
        finally
        {
            Task rest = Task.WhenAll(window);
            await rest.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        TResult Work(TItem item)
        {
            try
            {
                return work(item);
            }
            finally
            {
                free.Release();
            }
        }
    }
}
