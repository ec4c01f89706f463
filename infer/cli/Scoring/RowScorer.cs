using System.Buffers;
using System.Diagnostics;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Infer;

/// <summary>Streams rows through the model: they keep their order, and few are held at a time.</summary>
/// <param name="classifier">The model.</param>
/// <param name="format">How scored rows are written.</param>
/// <param name="stopOnError">Whether a row that cannot be scored ends the run; otherwise it keeps its place with its error.</param>
internal sealed class RowScorer(ArticleClassifier classifier, ScoredFormat format, bool stopOnError)
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly OrderedDictionary<string, long> _labels = new(classifier.Labels.Select(label => KeyValuePair.Create(label, 0L)));
    private readonly RowAccount _account = new();
    private readonly Stopwatch _clock = new();
    private long _truncated;
    private long _resumed;

    /// <summary>Whether a row that cannot be scored has ended the run.</summary>
    public bool HasStopped { get; private set; }

    /// <summary>Counts the rows that an earlier run has written.</summary>
    /// <param name="rows">All rows, before the first.</param>
    /// <param name="finished">What was written.</param>
    /// <returns>Whether <paramref name="rows"/> stands on a row that is to be scored.</returns>
    /// <exception cref="InvalidDataException">The rows written are others.</exception>
    public bool SkipFinished(IEnumerator<InputRow> rows, FinishedRows finished)
    {
        bool more = rows.MoveNext();
        while (more && finished.TrySkip(rows.Current.Row, out var outcome))
        {
            Count(outcome, rows.Current.Row);
            _resumed++;
            more = rows.MoveNext();
        }

        return more;
    }

    /// <summary>Scores rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="output">Receives the scored rows, each in one piece.</param>
    /// <param name="threads">Articles that are scored at the same time on the CPU.</param>
    /// <param name="onProgress">Told of the count of scored rows, after each one.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <exception cref="InvalidDataException">The input cannot be used, or a row of it when errors are to stop the run.</exception>
    public async Task RunAsync(IEnumerable<InputRow> rows, Stream output, int threads, Action<long> onProgress, CancellationToken cancellationToken)
    {
        _clock.Start();
        var items = rows.ToAsyncEnumerable();
        var scoredRows = classifier.Packs
            ? items.Chunk(ArticleClassifier.ArticlesPerPack).SelectInOrderAsync(ScorePack, workers: 2, cancellationToken).SelectMany(pack => pack)
            : items.SelectInOrderAsync(Score, threads, cancellationToken);
        await foreach (var scored in scoredRows.ConfigureAwait(false))
        {
            if (scored.Result == null && stopOnError)
            {
                HasStopped = true;
                throw new InvalidDataException($"{scored.Input.File}({scored.Input.Row.Line}): {scored.Error}");
            }

            Count(new(scored.Result?.Label, scored.Result?.Truncated ?? false), scored.Input.Row);
            _bytes.ResetWrittenCount();
            format.WriteRecord(scored.Input.Row, _bytes);
            format.WriteResult(scored, _bytes);
            output.Write(_bytes.WrittenSpan);
            onProgress(_account.Read - _resumed);
        }

        output.Flush();
        _clock.Stop();
    }

    /// <summary>What was done.</summary>
    public ScoreSummary Summarize()
    {
        double seconds = _clock.Elapsed.TotalSeconds;
        return new(
            _account.Read, _account.LeftOut, _resumed, _truncated, seconds, seconds > 0 ? (_account.Read - _resumed) / seconds : 0,
            classifier.Device.Device.ToString().ToLowerInvariant(), classifier.Device.Reason, _labels, _account.ByReason());
    }

    private void Count(Outcome outcome, ArticleRow row)
    {
        _truncated += outcome.Truncated ? 1 : 0;
        if (outcome.Label == null)
        {
            _account.Add(Scorable.FateOf(row) is var fate and not RowFate.Used ? fate : RowFate.NoResult);
        }
        else
        {
            _account.Add(RowFate.Used);
            _labels[outcome.Label]++;
        }
    }

    private ScoredRow Score(InputRow input)
    {
        if (FindError(input.Row) is { } error)
        {
            return new(input, null, error);
        }

        try
        {
            return new(input, classifier.Classify(Scorable.Of(input.Row)), null);
        }
        catch (InvalidDataException e)
        {
            return new(input, null, e.Message);
        }
    }

    private ScoredRow[] ScorePack(InputRow[] pack)
    {
        InputRow[] scorable = [.. pack.Where(input => FindError(input.Row) == null)];
        try
        {
            var results = new Queue<Classification>(classifier.ClassifyPacked([.. scorable.Select(input => Scorable.Of(input.Row))]));
            return [.. pack.Select(input => FindError(input.Row) is { } error ? new ScoredRow(input, null, error) : new(input, results.Dequeue(), null))];
        }
        catch (InvalidDataException)
        {
            // One article's logits are not finite; alone, each has its own result.
            return [.. pack.Select(Score)];
        }
    }

    private static string? FindError(ArticleRow row) => Scorable.FateOf(row) == RowFate.BlankContent ? Scorable.NoContent : row.Error;
}
