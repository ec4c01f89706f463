using System.Diagnostics;
using System.Text.Json;
using FakeNewsOnnx.Articles;

namespace FakeNewsOnnx.Tests.Hub;

/// <summary>The real programs against the server: a base and a data set by their names, the notebook's recipe, one command.</summary>
internal sealed class HubFitTests
{
    private static readonly string[] ModelFiles = ["config.json", "model.safetensors", "vocab.json", "merges.txt"];

    [Test]
    public async Task Fit_WithTheNotebooksRecipe_TakesBaseAndDataFromTheHub()
    {
        using var folder = new TemporaryFolder();
        await using HubServer server = await HubServer.StartAsync();
        server.Add("owner/mini", "main", [.. ModelFiles.Select(file => (file, File.ReadAllBytes(Repository.PathOf("models", "gpt2-mini", file))))]);
        var rows = Rows();
        server.Add("datasets/owner/news", "refs/convert/parquet",
            ("default/train/0000.parquet", Parquet(folder, [.. rows[..160]])),
            ("default/test/0000.parquet", Parquet(folder, [.. rows[160..]])));
        string adapter = folder.In("adapter"), model = folder.In("model.onnx");

        var (fit, output) = Run("train", folder, server.Endpoint, isOffline: false,
            "fit", "--recipe", "notebook", "--data", "hub:owner/news", "--base", "owner/mini", "--out", adapter, "--cache-dir", folder.Path, "--max-length", "8", "--num-train-epochs", "1");

        Assert.That(fit, Is.Zero, output);
        Assert.That(output, Does.Contain("hub:owner/news: 128 articles to train on, 39 to validate, 0 held out; ").And.Contain("200 rows read = 167 used + 33 left out (1 blank content, 2 missing title, 30 not drawn)"));
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(adapter, Manifest.FileName)));
        Assert.That(manifest.RootElement.GetProperty("base_model").GetString(), Is.EqualTo("owner/mini"));
        Assert.That(manifest.RootElement.GetProperty("base_model_revision").GetString(), Is.EqualTo(HubServer.Commit));
        Assert.That(manifest.RootElement.GetProperty("training_data_revision").GetString(), Is.EqualTo($"hub:owner/news@{HubServer.Commit}"));

        int before = server.Requests.Length;
        var (fetch, places) = Run("train", folder, server.Endpoint, isOffline: true, "fetch", "--base", "owner/mini", "--data", "hub:owner/news:test");
        string hub = folder.In("hub"), commit = Path.Combine("snapshots", HubServer.Commit);
        Assert.That(fetch, Is.Zero, places);
        Assert.That(places.ReplaceLineEndings("\n"), Is.EqualTo(
            $"owner/mini: {Path.Combine(hub, "models--owner--mini", commit)}\nhub:owner/news:test: test, {Path.Combine(hub, "datasets--owner--news", commit, "default", "test", "0000.parquet")}\n"));
        var (export, log) = Run("export", folder, server.Endpoint, isOffline: true, "onnx", "--base", "owner/mini", "--adapter", adapter, "--out", model);
        Assert.That(export, Is.Zero, log);
        Assert.That(new FileInfo(model).Length, Is.GreaterThan(30_000_000));
        Assert.That(server.Requests, Has.Length.EqualTo(before));
    }

    /// <summary>The whole of what a user types, but for what makes it short.</summary>
    [Test]
    [Category("Heavy")]
    public async Task TheCakeTarget_TakesGpt2AndADataSetByTheirNames()
    {
        using var folder = new TemporaryFolder();
        await using HubServer server = await HubServer.StartAsync();
        server.Add("gpt2", "main", [.. ModelFiles.Select(file => (file, File.ReadAllBytes(Repository.PathOf("models", "gpt2-mini", file))))]);
        server.Add("datasets/magnea/fake-news-formated", "refs/convert/parquet", ("default/train/0000.parquet", Parquet(folder, Rows())));
        string adapter = folder.In("adapter");

        var (exit, output) = RunProgram("dotnet", folder, server.Endpoint, isOffline: false,
            "cake", Repository.PathOf("build.cake"), "--target", "Train", "--exclusive", "--base", "gpt2", "--data", "hub:magnea/fake-news-formated",
            "--out", adapter, "--cache-dir", folder.Path, "--max-length", "8", "--max-steps", "1");

        Assert.That(exit, Is.Zero, output);
        Assert.That(output, Does.Contain("hub:magnea/fake-news-formated: ").And.Contain($"adapter written to {adapter}"));
        Assert.That(Directory.EnumerateFiles(adapter).Select(Path.GetFileName), Does.Contain("adapter_model.safetensors").And.Contain("report.html"));
    }

    /// <summary>The weights are held back until both processes have asked for them, so the second one must be waiting for the first one's download.</summary>
    [Test]
    [CancelAfter(120_000)]
    public async Task Fetch_OfTwoProcessesAtOnce_DownloadsOnce(CancellationToken cancellation)
    {
        using var folder = new TemporaryFolder();
        await using HubServer server = await HubServer.StartAsync();
        server.Add("owner/mini", "main", [.. ModelFiles.Select(file => (file, File.ReadAllBytes(Repository.PathOf("models", "gpt2-mini", file))))]);
        var bothAsked = new TaskCompletionSource();
        int asked = 0;
        server.OnHub = context =>
        {
            if (context.Request.Method == "HEAD" && context.Request.Path.Value!.EndsWith("model.safetensors", StringComparison.Ordinal) && Interlocked.Increment(ref asked) == 2)
            {
                bothAsked.SetResult();
            }

            return false;
        };
        server.OnStorage = async (_, _) =>
        {
            await bothAsked.Task.WaitAsync(cancellation);
            return false;
        };

        (int ExitCode, string Output)[] results = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => Run("train", folder, server.Endpoint, isOffline: false, "fetch", "--base", "owner/mini"), cancellation)));

        Assert.That(results.Select(result => result.ExitCode), Is.All.Zero, string.Join('\n', results.Select(result => result.Output)));
        Assert.That(server.Requests.Count(request => request.StartsWith("storage GET", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(
            File.ReadAllBytes(folder.In("hub", "models--owner--mini", "snapshots", HubServer.Commit, "model.safetensors")),
            Is.EqualTo(File.ReadAllBytes(Repository.PathOf("models", "gpt2-mini", "model.safetensors"))));
    }

    /// <summary>Two hundred of the sample's articles: three have no title or no content, two have an empty one, which counts.</summary>
    private static (string? Title, string? Content, string? Label)[] Rows()
    {
        using CsvArticleReader reader = CsvArticleReader.Open(Repository.PathOf("samples", "horne-adali-2017.csv"));
        (string? Title, string? Content, string? Label)[] rows =
            [.. reader.ReadValidRows().Where(row => row.Label is "fake" or "real").Select(row => (row.Article!.Title, row.Article.Content, row.Label)).OrderBy(row => row.Content!.Length).Take(200)];
        rows[3].Title = rows[4].Content = rows[190].Title = null;
        rows[5].Title = rows[6].Content = "";
        return rows;
    }

    private static byte[] Parquet(TemporaryFolder folder, (string? Title, string? Content, string? Label)[] rows) =>
        File.ReadAllBytes(ParquetFile.Write(folder.In("rows.parquet"), rows));

    private static (int ExitCode, string Output) Run(string program, TemporaryFolder home, Uri endpoint, bool isOffline, params string[] arguments) =>
        RunProgram(Repository.Program(program), home, endpoint, isOffline, arguments);

    private static (int ExitCode, string Output) RunProgram(string path, TemporaryFolder home, Uri endpoint, bool isOffline, params string[] arguments)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            WorkingDirectory = Repository.PathOf(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("HF_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["HF_ENDPOINT"] = endpoint.AbsoluteUri;
        start.Environment["HF_HOME"] = home.Path;
        start.Environment["HF_HUB_OFFLINE"] = isOffline ? "1" : "0";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
