using System.Buffers;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Infer;

/// <summary>One run of <c>infer score</c>: from files to a file.</summary>
internal sealed record ScoreRun
{
    /// <summary>The files, read as one.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>How their records stand.</summary>
    public required RowFormat Format { get; init; }

    /// <summary>The scored file.</summary>
    public required string Output { get; init; }

    /// <summary>Where the fields are.</summary>
    public required ArticleColumns Columns { get; init; }

    /// <summary>The files' encoding; null for UTF-8 and what a byte order mark says.</summary>
    public TextEncoding? Encoding { get; init; }

    /// <summary>The largest field that is read.</summary>
    public required int MaxFieldBytes { get; init; }

    /// <summary>Articles that are scored at the same time.</summary>
    public required int Threads { get; init; }

    /// <summary>Whether a row that cannot be scored ends the run.</summary>
    public required bool StopOnError { get; init; }

    /// <summary>Whether an output that exists is replaced.</summary>
    public required bool Force { get; init; }

    /// <summary>Whether an interrupted run is continued.</summary>
    public required bool Resume { get; init; }

    /// <summary>Which part of the input is scored; null for all of it.</summary>
    public required Shard? Shard { get; init; }

    /// <summary>The model's file.</summary>
    public required string Model { get; init; }

    /// <summary>How long articles are read.</summary>
    public required (string Way, int? Stride) Long { get; init; }

    private bool IsStream => Output == FileNames.StandardStream || AtomicFile.IsDevice(Output);

    /// <summary>Checks that the options go together and that nothing would be lost.</summary>
    /// <exception cref="UsageException">The options contradict one another.</exception>
    /// <exception cref="IOException">The output exists, or its folder does not.</exception>
    public void Validate()
    {
        if (Resume && (IsStream || Force))
        {
            throw new UsageException(Force ? "--resume and --force exclude one another." : "--resume needs --out FILE: what was written to a stream is gone.");
        }

        if (Shard != null && (IsStream || Inputs.Contains(FileNames.StandardStream)))
        {
            throw new UsageException("--shard needs files for input and output: the parts' borders follow from the input's size.");
        }

        OutputFile.RequireKnownCompression(Output);
        if (RowFormats.TryFormatOf(Output) is { } named && named != Format)
        {
            throw new UsageException($"--out must have the input's format, {(Format == RowFormat.Csv ? "CSV" : "JSON Lines")}; found '{Output}'.");
        }

        if (Output != FileNames.StandardStream)
        {
            AtomicFile.RequireWritable(Output);
        }

        if (!IsStream && !Force && !Resume)
        {
            OutputFile.RequireNothingThere(Output);
        }
    }

    /// <summary>Scores the rows.</summary>
    /// <exception cref="InvalidDataException">The input cannot be used, or the output was made from another.</exception>
    /// <exception cref="IOException">Reading or writing fails; what was written can be resumed.</exception>
    public async Task<ScoreSummary> RunAsync(ArticleClassifier classifier, CancellationToken cancellationToken)
    {
        using var input = ArticleInput.Open(Inputs, Format, Columns, MaxFieldBytes, Encoding, SharedOptions.PrintNote);
        var format = ScoredFormat.For(input, classifier.Labels);
        var scorer = new RowScorer(classifier, format, StopOnError);
        var digest = Shard == null ? null : InputDigest.Compute(Inputs, Encoding);
        using var rows = input.ReadRows()
            .Where(row => Shard == null || digest!.IsIn(Shard, row))
            .GetEnumerator();
        var start = new ArrayBufferWriter<byte>();
        format.WriteStart(start);

        if (IsStream)
        {
            using var stream = Output == FileNames.StandardStream ? StandardOutput.Open() : new FileStream(Output, FileMode.Open, FileAccess.Write);
            stream.Write(start.WrittenSpan);
            await ScoreAsync(rows.MoveNext(), stream).ConfigureAwait(false);
            return scorer.Summarize();
        }

        var record = CreateRecord(classifier, digest);
        if (Resume && !File.Exists(OutputFile.PartialPathFor(Output)) && File.Exists(Output))
        {
            RequireFinished(rows, scorer, format, record);
            return scorer.Summarize();
        }

        bool continues = Resume && File.Exists(OutputFile.PartialPathFor(Output));
        using var output = continues ? OutputFile.Open(Output, record) : OutputFile.Create(Output, record);
        var finished = new FinishedRows(output.Stream, output.PartialPath, format, isWhole: false);
        try
        {
            bool hasStart = finished.TrySkipStart();
            bool more = hasStart ? scorer.SkipFinished(rows, finished) : rows.MoveNext();
            output.Stream.SetLength(finished.Length);
            output.Stream.Position = finished.Length;
            output.Stream.Write(hasStart ? default : start.WrittenSpan);
            await ScoreAsync(more, output.Stream).ConfigureAwait(false);
            ScoreSummary summary = scorer.Summarize();
            output.Commit(start.WrittenCount, summary);
            return summary;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException || (e is InvalidDataException && !finished.IsOfAnotherInput && !scorer.HasStopped))
        {
            output.Keep();
            await Console.Error.WriteLineAsync($"The rows done so far are in {output.PartialPath}; --resume continues.").ConfigureAwait(false);
            throw;
        }

        async Task ScoreAsync(bool more, Stream stream)
        {
            var progress = CreateProgress(input);
            try
            {
                await scorer.RunAsync(Remaining(rows, more), stream, Threads, done => progress.Update(done, input.BytesRead), cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                progress.Clear();
            }
        }
    }

    private static IEnumerable<InputRow> Remaining(IEnumerator<InputRow> rows, bool more)
    {
        for (; more; more = rows.MoveNext())
        {
            yield return rows.Current;
        }
    }

    private RunRecord CreateRecord(ArticleClassifier classifier, InputDigest? digest) => new()
    {
        Settings = new(
            RunSettings.HashModel(Model), classifier.Device.Device.ToString(), Format, Columns.Title, Columns.Content, MaxFieldBytes, Long.Way, Long.Stride, Encoding?.Name),
        Part = Shard == null ? null : new(Shard, digest!.Sha256),
    };

    private ScoreProgress CreateProgress(ArticleInput input) => new(
        Console.Error,
        !Console.IsErrorRedirected,
        Math.Max(input.BytesRead, Shard == null ? 0 : input.TotalBytes!.Value / Shard.Count * (Shard.Index - 1)),
        Shard == null ? input.TotalBytes : input.TotalBytes!.Value / Shard.Count * Shard.Index);

    private void RequireFinished(IEnumerator<InputRow> rows, RowScorer scorer, ScoredFormat format, RunRecord record)
    {
        if (record.Part != null)
        {
            record.RequireSame(Output);
        }

        using var stream = TextFile.OpenUnpacked(Output);
        var finished = new FinishedRows(stream, Output, format, isWhole: true);
        if (!finished.TrySkipStart() || scorer.SkipFinished(rows, finished) || !finished.AtEnd)
        {
            throw new InvalidDataException($"{Output}: expected the whole result of this input; found another file. --force replaces it.");
        }
    }
}
