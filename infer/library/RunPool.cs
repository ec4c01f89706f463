using System.Collections.Concurrent;
using Microsoft.ML.OnnxRuntime;

namespace FakeNewsOnnx.Inference;

/// <summary>
/// The runs of one session: each call in progress holds one that no other call uses. Disposal lets calls in progress finish;
/// the last of them frees the session.
/// </summary>
/// <param name="session">The model; freed here.</param>
/// <param name="maxTokens">The longest row.</param>
/// <param name="labels">How many logits.</param>
/// <param name="cudaDevice">The CUDA device that the model runs on; null for the CPU.</param>
internal sealed class RunPool(InferenceSession session, int maxTokens, int labels, int? cudaDevice) : IDisposable
{
    private readonly Lazy<BatchRuns> _batches = new(() => new(session, labels, cudaDevice));
    private readonly ConcurrentBag<ModelRun> _idle = [];
    private readonly Lock _gate = new();
    private int _callsInProgress;
    private bool _disposed;

    /// <summary>Begins a call; disposing what it returns ends it.</summary>
    /// <exception cref="ObjectDisposedException">The classifier has been disposed.</exception>
    public Call Begin()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(ArticleClassifier));
            _callsInProgress++;
        }

        try
        {
            return new(this, _idle.TryTake(out var run) ? run : new(session, maxTokens, labels));
        }
        catch
        {
            End();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _disposed = true;
                FreeIfUnused();
            }
        }
    }

    private void End()
    {
        lock (_gate)
        {
            _callsInProgress--;
            FreeIfUnused();
        }
    }

    private void FreeIfUnused()
    {
        if (_disposed && _callsInProgress == 0)
        {
            foreach (var run in _idle)
            {
                run.Dispose();
            }

            if (_batches.IsValueCreated)
            {
                _batches.Value.Dispose();
            }

            session.Dispose();
        }
    }

    /// <summary>One call in progress.</summary>
    public readonly struct Call(RunPool pool, ModelRun run) : IDisposable
    {
        /// <summary>For rows by themselves; no other call uses it.</summary>
        public ModelRun Run => run;

        /// <summary>For several rows at once.</summary>
        public BatchRuns Batches => pool._batches.Value;

        public void Dispose()
        {
            pool._idle.Add(run);
            pool.End();
        }
    }
}
