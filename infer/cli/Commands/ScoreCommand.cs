using System.CommandLine;
using System.Text.Json;
using FakeNewsOnnx.Data;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Infer;

/// <summary><c>infer score</c>: every row of a CSV file.</summary>
internal static class ScoreCommand
{
    private const string StandardStream = "-";

    public static Command Create()
    {
        var input = new Argument<string>("FILE") { Description = "The CSV file to score; - is standard input." };
        var model = SharedOptions.Model();
        var output = new Option<string>("--out") { Description = "The scored CSV file; - is standard output.", HelpName = "FILE", Required = true };
        var columns = new Option<string[]>("--column") { Description = "Where a field is, if not in 'title' and 'content': title=NAME or content=NAME.", HelpName = "FIELD=NAME" };
        var maxFieldBytes = SharedOptions.Positive("--max-field-bytes", ArticleReader.DefaultMaxFieldBytes, "The largest field that is read, in bytes; a larger one is a row error.");
        var threads = SharedOptions.Positive("--threads", Environment.ProcessorCount, "Articles that are scored at the same time, each by one thread.");
        var onError = new Option<string>("--on-error") { Description = "What to do with a row that cannot be scored.", DefaultValueFactory = _ => "keep" };
        onError.AcceptOnlyFromAmong("keep", "stop");
        var force = new Option<bool>("--force") { Description = "Replace an output file that exists." };
        var json = SharedOptions.Json();
        var command = new Command("score", "Scores every article of a CSV file.") { input, model, output, columns, maxFieldBytes, threads, onError, force, json };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new()
            {
                Input = parsed.GetRequiredValue(input),
                Model = parsed.GetRequiredValue(model),
                Output = parsed.GetRequiredValue(output),
                Columns = ArticleColumns.Parse(parsed.GetValue(columns) ?? []),
                MaxFieldBytes = parsed.GetValue(maxFieldBytes),
                Threads = parsed.GetValue(threads),
                StopOnError = parsed.GetValue(onError) == "stop",
                Force = parsed.GetValue(force),
                Json = parsed.GetValue(json),
            },
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Request request, CancellationToken cancellationToken)
    {
        bool toStandardOutput = request.Output == StandardStream;
        if (!toStandardOutput && !request.Force && File.Exists(request.Output))
        {
            throw new IOException($"{request.Output}: the file exists; --force replaces it.");
        }

        using var classifier = ArticleClassifier.Load(request.Model);
        classifier.RequireTokenizer(request.Model);
        using var input = request.Input == StandardStream ? Console.OpenStandardInput() : File.OpenRead(request.Input);
        using var reader = new ArticleReader(input, request.Input, request.Columns, request.MaxFieldBytes);
        var progress = new ProgressLine(Console.Error, !Console.IsErrorRedirected, input.CanSeek ? input.Length : null);
        var scorer = new CsvScorer(classifier, reader, request.StopOnError, progress);

        ScoreSummary summary;
        if (toStandardOutput)
        {
            using var output = new BufferedStream(Console.OpenStandardOutput(), 1 << 16);
            summary = await scorer.RunAsync(output, request.Threads, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            using var output = AtomicFile.Create(request.Output);
            summary = await scorer.RunAsync(output.Stream, request.Threads, cancellationToken).ConfigureAwait(false);
            output.Commit();
        }

        var log = toStandardOutput ? Console.Error : Console.Out;
        await log.WriteLineAsync(request.Json ? JsonSerializer.Serialize(summary, InferJson.Default.ScoreSummary) : summary.ToString()).ConfigureAwait(false);
        return 0;
    }

    private sealed record Request
    {
        public required string Input { get; init; }

        public required string Model { get; init; }

        public required string Output { get; init; }

        public required ArticleColumns Columns { get; init; }

        public required int MaxFieldBytes { get; init; }

        public required int Threads { get; init; }

        public required bool StopOnError { get; init; }

        public required bool Force { get; init; }

        public required bool Json { get; init; }
    }
}
