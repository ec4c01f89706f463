using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Train.Audit;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Recipes;

namespace FakeNewsOnnx.Train.Commands;

/// <summary><c>train audit</c>: what a data set reveals about its labels besides what is true or false, and the data without it.</summary>
internal sealed class AuditCommand : Command
{
    private const int ShownRows = 10;

    private readonly Argument<string> _data = new("FILE") { Description = "A file of labelled articles." };
    private readonly Option<string?> _against = new("--against") { Description = "Test articles in a file of their own, instead of a part of FILE: copies are also looked for between the two." };
    private readonly Option<string?> _writeClean = new("--write-clean") { Description = "Also write FILE without what was found: copies, datelines, image credits, boiler-plate and typographic quotes." };
    private readonly Option<bool> _force = new("--force") { Description = "Replace a cleaned file that exists." };
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly RecipeOptions _recipe;

    public AuditCommand()
        : base("audit", "Look for what reveals the labels of a data set besides what is true or false.")
    {
        Arguments.Add(_data);
        foreach (Option option in (Option[])[_against, _writeClean, _force, _json])
        {
            Options.Add(option);
        }

        _recipe = new(this, "labels", "ignore_labels", "column", "encoding", "validation_fraction", "test_fraction", "split_seed");
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), cancellation));
    }

    private void Run(ParseResult parsed, CancellationToken cancellation)
    {
        string path = parsed.GetRequiredValue(_data);
        string? target = parsed.GetValue(_writeClean);
        Recipe recipe = _recipe.Resolve(parsed);
        if (target is not null)
        {
            CheckClean(path, target, parsed.GetValue(_force));
        }

        LabelledArticles own = new([path], recipe);
        LabelledArticles? test = parsed.GetValue(_against) is { } against ? new([against], recipe) : null;
        var articles = ReadArticles(own, test, recipe);
        AuditData data = AuditData.Read(articles, recipe.Labels, cancellation);
        if (data.ArticlesByLabel.IndexOf(0) is var missing and >= 0)
        {
            throw new InvalidDataException($"{path}: no article has the label '{recipe.Labels[missing]}'; an audit compares labels.");
        }

        foreach (string note in own.Notes.Concat(test?.Notes ?? []))
        {
            Console.Error.WriteLine($"note: {note}");
        }

        var account = new RowAccount();
        account.Add(own.Account);
        account.Add(test?.Account ?? new());
        AuditReport report = Auditor.Run(data, cancellation);
        if (parsed.GetValue(_json))
        {
            JsonObject json = JsonSerializer.SerializeToNode(report, Recipe.Format)!.AsObject();
            json.Insert(1, "rows", SharedOptions.ToJson(account));
            Console.WriteLine(json.ToJsonString(Recipe.Format));
        }
        else
        {
            AuditTables.Print(report, account, ShownRows);
        }

        if (target is not null)
        {
            var cleaner = new ArticleCleaner(Boilerplate.Find(data.Sample));
            CleanCounts counts = CleanCsv.Write(path, ArticleColumns.Parse(recipe.Columns), recipe.ReadEncoding(), cleaner, FindDropped(articles, cleaner, recipe, cancellation), target);
            (parsed.GetValue(_json) ? Console.Error : Console.Out).WriteLine(FormattableString.Invariant(
                $"{target}: {counts.Kept} rows; left out {counts.Copies} copies, {counts.Contradictions} with contradicting labels, {counts.Emptied} of which nothing was left; changed quotes in {counts.Changed[CleanedTraits.Quotes]}, datelines in {counts.Changed[CleanedTraits.Datelines]}, image credits in {counts.Changed[CleanedTraits.ImageCredits]}, boiler-plate in {counts.Changed[CleanedTraits.Boilerplate]}"));
        }
    }

    private static void CheckClean(string path, string target, bool force)
    {
        if (!ArticleFile.IsPlainCsv(path))
        {
            throw new UsageException($"--write-clean keeps a CSV file's rows byte for byte, so FILE must be CSV that is not compressed; found {path}.");
        }

        AtomicFile.RequireWritable(target);
        if (File.Exists(target) && !AtomicFile.IsDevice(target) && !force)
        {
            throw new IOException($"{target}: the file exists; --force replaces it.");
        }
    }

    /// <summary>The articles, read anew each time: none is kept.</summary>
    private static IEnumerable<AuditedArticle> ReadArticles(LabelledArticles own, LabelledArticles? test, Recipe recipe)
    {
        var split = new HashSplit(recipe.ValidationFraction, test is null ? recipe.TestFraction : 0, recipe.SplitSeed);
        foreach (LabelledArticle row in own.Read())
        {
            yield return new(row.Article, row.Label, split.PartOf(row.Article.Content!), null, row.Line);
        }

        foreach (LabelledArticle row in test?.Read() ?? [])
        {
            yield return new(row.Article, row.Label, SplitPart.Test, Path.GetFileName(row.File), row.Line);
        }
    }

    /// <summary>The lines of the audited file whose articles, once clean, are copies: of an earlier one, of one in the other file, or of one with another label (true), which neither is kept of.</summary>
    private static Dictionary<long, bool> FindDropped(IEnumerable<AuditedArticle> articles, ArticleCleaner cleaner, Recipe recipe, CancellationToken cancellation)
    {
        AuditData clean = AuditData.Read(articles.Select(row => row with { Article = cleaner.Clean(row.Article).Article }), recipe.Labels, cancellation);
        var dropped = new Dictionary<long, bool>();
        foreach (var group in clean.Clusters.Groups)
        {
            ArticleProfile[] copies = [.. group.Select(i => clean.Profiles[i])];
            bool contradicts = copies.Select(copy => copy.Label).Distinct().Skip(1).Any(), isInOtherFile = copies.Any(copy => copy.File is not null);
            foreach (ArticleProfile copy in copies.Where(copy => copy.File is null).Skip(contradicts || isInOtherFile ? 0 : 1))
            {
                dropped.Add(copy.Line, contradicts);
            }
        }

        return dropped;
    }
}
