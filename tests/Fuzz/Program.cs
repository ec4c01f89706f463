using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using FakeNewsOnnx.Fuzz;
using SharpFuzz;

// FakeNewsOnnx.Fuzz [--only NAME…] [--executions N] [--seed N] [--out DIR] [--corpus DIR] [--save-corpus]
// Copies this program, has SharpFuzz count the branches of the copied parsers, and starts the copy for each target.

string[] instrumented = ["FakeNewsOnnx.Contract", "FakeNewsOnnx.Files", "FakeNewsOnnx.Articles", "FakeNewsOnnx.Checkpoint", "FakeNewsOnnx.Inference", "infer", "export", "CsvHelper"];

var only = new Option<string[]>("--only") { Description = "Targets to run; all by default.", AllowMultipleArgumentsPerToken = true };
var executions = new Option<int>("--executions") { Description = "Cases for each target.", DefaultValueFactory = _ => 1_000_000 };
var seed = new Option<int>("--seed") { Description = "Where chance begins.", DefaultValueFactory = _ => 1 };
var output = new Option<string>("--out") { Description = "The folder for what is found.", DefaultValueFactory = _ => "artifacts/fuzz" };
var corpus = new Option<string>("--corpus") { Description = "The folder of known inputs, one folder for each target.", DefaultValueFactory = _ => "tests/Fuzz/Corpus" };
var saveCorpus = new Option<bool>("--save-corpus") { Description = "Replace the known inputs by the smallest ones that do as much." };
var worker = new Option<string?>("--worker") { Description = "Runs one target in this process.", Hidden = true };
var root = new RootCommand("Feeds hostile input to every parser.") { only, executions, seed, output, corpus, saveCorpus, worker };
root.SetAction(parsed =>
{
    string folder = Path.GetFullPath(parsed.GetRequiredValue(output));
    if (parsed.GetValue(worker) is not { } name)
    {
        string program = Instrument(Path.Combine(folder, "bin"));
        Console.WriteLine("| target | executions | time | executions/s | edges | inputs kept | slowest | bytes allocated for a byte | findings |\n|---|---|---|---|---|---|---|---|---|");
        string[] targets = parsed.GetValue(only) is { Length: > 0 } chosen ? chosen : [.. FuzzTarget.All.Select(target => target.Name)];
        bool[] passed = [.. targets.Select(target => RunWorker(program, target, folder, args))];
        return passed.Contains(false) ? 1 : 0;
    }

    FuzzTarget target = FuzzTarget.All.Single(target => target.Name == name);
    string known = Path.Combine(parsed.GetRequiredValue(corpus), name);
    using var loop = new FuzzLoop(target, Path.Combine(folder, name));
    int findings = loop.Run(parsed.GetValue(executions), parsed.GetValue(seed), [.. target.Seeds, .. Directory.Exists(known) ? Directory.GetFiles(known).Order(StringComparer.Ordinal).Select(File.ReadAllBytes) : []]);
    if (parsed.GetValue(saveCorpus) && findings == 0)
    {
        if (Directory.Exists(known))
        {
            Directory.Delete(known, recursive: true);
        }

        loop.SaveCorpus(known);
    }

    return findings == 0 ? 0 : 1;
});
return root.Parse(args).Invoke();

string Instrument(string folder)
{
    if (Directory.Exists(folder))
    {
        Directory.Delete(folder, recursive: true);
    }

    foreach (string file in Directory.GetFiles(AppContext.BaseDirectory, "*", SearchOption.AllDirectories))
    {
        string copy = Path.Combine(folder, Path.GetRelativePath(AppContext.BaseDirectory, file));
        Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
        File.Copy(file, copy);
    }

    foreach (string assembly in instrumented)
    {
        Fuzzer.Instrument(Path.Combine(folder, $"{assembly}.dll"), _ => true, Options.Value);
    }

    return Path.Combine(folder, Path.GetFileName(typeof(FuzzTarget).Assembly.Location));
}

static bool RunWorker(string program, string target, string folder, string[] args)
{
    using Process process = Process.Start("dotnet", [program, .. args, "--worker", target]);
    process.WaitForExit();
    if (process.ExitCode is not (0 or 1))
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target}: the process died with {process.ExitCode}; its last input is in {Path.Combine(folder, target, "current")}, after four bytes of length"));
    }

    return process.ExitCode == 0;
}
