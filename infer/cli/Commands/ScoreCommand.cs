using System.CommandLine;
using System.Text.Json;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Infer;

/// <summary><c>infer score</c>: every row of one or several files.</summary>
internal static class ScoreCommand
{
    public static Command Create()
    {
        var inputs = new Argument<string[]>("FILE") { Description = "The files to score, as one: CSV, or JSON by .jsonl, .ndjson or .json, one object a line or one array; packed with gzip or Zstandard or not; - is standard input.", Arity = ArgumentArity.OneOrMore };
        var model = new ModelOptions();
        var output = new Option<string>("--out") { Description = "The scored file, in the input's format, an array as JSON Lines; compressed by .gz; - is standard output.", HelpName = "FILE", Required = true };
        var format = new Option<string?>("--format") { Description = "The input's format, csv or jsonl, if its name does not say it.", HelpName = "FORMAT" };
        var columns = new Option<string[]>("--column") { Description = "Where a field is, if not in 'title' and 'content': title=NAME or content=NAME.", HelpName = "FIELD=NAME" };
        var encoding = SharedOptions.Encoding();
        var maxFieldBytes = SharedOptions.Positive("--max-field-bytes", CsvArticleReader.DefaultMaxFieldBytes, "The largest field that is read, in bytes; a larger one is a row error.");
        var threads = SharedOptions.Positive("--threads", Environment.ProcessorCount, "Articles that are scored at the same time, each by one thread.");
        var onError = new Option<string>("--on-error") { Description = "What to do with a row that cannot be scored: keep it with its error, or stop.", DefaultValueFactory = _ => "keep" };
        onError.AcceptOnlyFromAmong("keep", "stop");
        var maxErrors = AllowedErrors.Option();
        var force = SharedOptions.Force();
        var resume = new Option<bool>("--resume") { Description = "Go on where an interrupted run has ended." };
        var shard = new Option<string?>("--shard") { Description = "Score the k-th of n parts of the input, k and n filled into --out at {k} and {n}; auto takes both from Slurm, MPI or Kubernetes, auto/n only k. 'infer merge' joins the parts.", HelpName = "k/n" };
        var json = SharedOptions.Json();
        var command = new Command("score", "Scores every article of one or several files.") { inputs, output, format, columns, encoding, maxFieldBytes, threads, onError, maxErrors, force, resume, shard, json };
        model.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] paths = parsed.GetRequiredValue(inputs);
            var allowed = AllowedErrors.Parse(parsed.GetRequiredValue(maxErrors));
            var part = parsed.GetValue(shard) is { } text ? Shard.Parse(text, Environment.GetEnvironmentVariable) : null;
            string target = parsed.GetRequiredValue(output);
            var run = new ScoreRun
            {
                Inputs = paths,
                Format = parsed.GetValue(format) is { } name ? RowFormats.ParseFormat(name) : RowFormats.TryFormatOf(paths[0]) ?? RowFormat.Csv,
                Output = part?.Fill(target) ?? target,
                Columns = ArticleColumns.Parse(parsed.GetValue(columns) ?? []),
                Encoding = SharedOptions.Read(parsed, encoding),
                MaxFieldBytes = parsed.GetValue(maxFieldBytes),
                Threads = parsed.GetValue(threads),
                StopOnError = parsed.GetValue(onError) == "stop",
                Force = parsed.GetValue(force),
                Resume = parsed.GetValue(resume),
                Shard = part,
                Model = model.Path(parsed),
                Long = model.Long(parsed),
            };
            run.Validate();
            using var classifier = model.Load(parsed, threadsPerArticle: 1);
            var summary = await run.RunAsync(classifier, cancellationToken).ConfigureAwait(false);
            var log = run.Output == FileNames.StandardStream ? Console.Error : Console.Out;
            await log.WriteLineAsync(parsed.GetValue(json) ? JsonSerializer.Serialize(summary, InferJson.Default.ScoreSummary) : summary.ToString()).ConfigureAwait(false);
            return (int)allowed.Judge(summary.Rows, summary.Errors);
        });
        return command;
    }
}
