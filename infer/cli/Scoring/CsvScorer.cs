using System.Diagnostics;
using FakeNewsOnnx.Data;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Infer;

/// <summary>Streams a CSV file through the model: rows keep their order, and few are held at a time.</summary>
/// <param name="classifier">The model.</param>
/// <param name="reader">The input.</param>
/// <param name="stopOnError">Whether a row that cannot be scored ends the run; otherwise it keeps its place with its error.</param>
/// <param name="progress">Told of every row.</param>
internal sealed class CsvScorer(ArticleClassifier classifier, ArticleReader reader, bool stopOnError, ProgressLine progress)
{
    /// <summary>Scores every row.</summary>
    /// <param name="output">Receives the scored CSV.</param>
    /// <param name="threads">Articles that are scored at the same time.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <exception cref="InvalidDataException">The input cannot be used, or a row of it when errors are to stop the run.</exception>
    public async Task<ScoreSummary> RunAsync(Stream output, int threads, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        long rows = 0, errors = 0, truncated = 0;
        var labels = new OrderedDictionary<string, long>(classifier.Labels.Select(label => KeyValuePair.Create(label, 0L)));
        var writer = ScoredCsvWriter.Begin(output, reader, classifier.Labels);
        try
        {
            var scoredRows = reader.ReadRows().ToAsyncEnumerable().SelectInOrderAsync(Score, threads, cancellationToken);
            await foreach (var scored in scoredRows.ConfigureAwait(false))
            {
                rows++;
                if (scored.Result is { } result)
                {
                    labels[result.Label]++;
                    truncated += result.Truncated ? 1 : 0;
                }
                else if (stopOnError)
                {
                    throw new InvalidDataException($"{reader.Name}({scored.Row.Line}): {scored.Error}");
                }
                else
                {
                    errors++;
                }

                writer.Write(scored);
                progress.Update(rows, reader.BytesRead);
            }
        }
        finally
        {
            progress.Clear();
        }

        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        double seconds = clock.Elapsed.TotalSeconds;
        return new(rows, errors, truncated, seconds, (rows - errors) / seconds, labels);
    }

    private ScoredRow Score(ArticleRow row)
    {
        if (row.Article is not { } article)
        {
            return new(row, null, row.Error);
        }

        if (article.Content == null)
        {
            return new(row, null, "expected an article; found no content.");
        }

        try
        {
            return new(row, classifier.Classify(article), null);
        }
        catch (InvalidDataException e)
        {
            return new(row, null, e.Message);
        }
    }
}
