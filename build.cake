// Default     build, train on the sample, export, verify, score the held-out articles, report (artifacts/demo)
// Build       the solution, Release
// Test        every test that needs neither minutes nor a GPU
// TestHeavy   the tests that need minutes
// Gpu         the tests and benchmarks of a machine with an NVIDIA GPU, as one table (artifacts/gpu.md): --target Gpu --accelerator cuda
// TestReadme  the `run` blocks of README and docs, in a fresh clone of HEAD
// Train       train fit    --data FILE|hub:owner/name --base DIR|gpt2   [--recipe FILE] [--out DIR, or else artifacts/adapter]
// Export      export onnx  --base DIR|gpt2 --adapter DIR --out FILE   [--precision fp16|int8 --data LABELLED.csv]
// Infer       infer score  --data FILE --model FILE --out FILE
// Benchmark   times the parts and the whole against the usual way (artifacts/benchmark)   [--filter NAME,NAME]
// Fuzz        hostile input for every parser   [--executions 1000000] [--only NAME]   (artifacts/fuzz)
// Soak        the classifier under 16 threads   [--minutes 10]
// Determinism trains, exports and scores in two clones of HEAD, and compares the bytes
// Audit       which packages have known vulnerabilities or are deprecated
// Publish     runnable programs for this platform (artifacts/bin)
// Pack        the inference library, and the programs as .NET tools for this platform, each with its bill of materials (artifacts/packages)
// Clean       removes all that was built
//
// --accelerator cpu|cuda chooses the native libraries of whatever is built.
// Train, Export and Infer hand every further argument to their program.

using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

const string Demo = "artifacts/demo";

string accelerator = $"-p:Accelerator={Argument("accelerator", "cpu")}";

Task("Default").IsDependentOn("Build").Does(() =>
{
    string test = $"{Demo}/test.csv", adapter = $"{Demo}/adapter", model = $"{Demo}/model.onnx", scored = $"{Demo}/test.scored.csv";
    CleanDirectory(Demo);

    Heading("Train");
    Run(Program("train"), ["fit", "--data", "samples/horne-adali-2017.csv", "--base", "models/gpt2-mini", "--recipe", "recipes/sample.json", "--out", adapter, "--save-test", test]);
    Heading("Export");
    Run(Program("export"), ["onnx", "--base", "models/gpt2-mini", "--adapter", adapter, "--out", model]);
    Heading("Verify");
    JsonElement verified = RunForJson(Program("infer"), ["selftest", "--model", model, "--json"]);
    Heading("Score");
    JsonElement speed = RunForJson(Program("infer"), ["score", test, "--model", model, "--out", scored, "--force", "--json"]);

    string manifest = $"{adapter}/fakenews.json";
    JsonElement metrics = JsonDocument.Parse(System.IO.File.ReadAllText(manifest)).RootElement.GetProperty("metrics");
    double Metric(string name) => metrics.TryGetProperty(name, out JsonElement value)
        ? value.GetDouble()
        : throw new CakeException($"{manifest}: expected the metric '{name}'; found {string.Join(", ", metrics.EnumerateObject().Select(m => m.Name))}.");
    double majority = Metric("majority_accuracy"), untouched = Metric("base_accuracy"), tuned = Metric("accuracy");

    Heading("Result");
    Row("Held-out articles", $"{Metric("test_rows"):0}");
    Row("Accuracy, majority class", $"{majority:P1}");
    Row("Accuracy, base GPT-2", $"{untouched:P1}");
    Row("Accuracy, fine-tuned", $"{tuned:P1}");
    Row("Max |dlogit|, TorchSharp - ONNX", $"{verified.GetProperty("max_abs_logit_difference").GetDouble():0.0e+00}");
    Row("Articles per second", $"{speed.GetProperty("articles_per_second").GetDouble():0.0}");
    Row("Adapter", adapter);
    Row("Classifier", model);
    Row("Scored articles", scored);
    Row("Report", $"{adapter}/report.html");

    double gain = tuned - Math.Max(majority, untouched);
    if (gain < 0.1 - 1e-9)
        throw new CakeException(FormattableString.Invariant($"fine-tuned accuracy must be 10 points above the majority class and the base; it is {100 * gain:0.0} points above the better of them."));
});

Task("Build").Does(() => Run("dotnet", ["build", "FakeNewsOnnx.sln", "--configuration", "Release", "--nologo", "--verbosity", "quiet", accelerator]));

Task("Test").IsDependentOn("Build").Does(() => Test("TestCategory!=Heavy&TestCategory!=Soak"));

Task("TestHeavy").IsDependentOn("Build").Does(() => Test("TestCategory=Heavy"));

// Each class in a process of its own: the CUDA libraries of TorchSharp and of ONNX Runtime need not go together.
Task("Gpu").IsDependentOn("Build").Does(() =>
{
    if (Argument("accelerator", "cpu") != "cuda")
        throw new CakeException("Gpu: needs --accelerator cuda.");

    List<string> table = ["| tests | |", "|---|---|"];
    foreach (string tests in new[] { "TorchOnCudaTests", "OnnxRuntimeOnCudaTests", "ProgramsOnCudaTests" })
        table.Add($"| {tests} | {Test($"FullyQualifiedName~{tests}", mustPass: false)} |");
    foreach (string group in new[] { "cuda-training", "cuda-scoring" })
    {
        Benchmark(group);
        table.AddRange(["", .. System.IO.File.ReadLines("artifacts/benchmark/results.md")]);
    }

    System.IO.File.WriteAllLines("artifacts/gpu.md", table);
    Console.WriteLine(string.Join(System.Environment.NewLine, table));
});

// The pages' blocks in their order, with the programs under the names that the tool packages give them.
Task("TestReadme").Does(() =>
{
    string clone = System.IO.Directory.CreateTempSubdirectory("fakenewsonnx-readme-").FullName, path = System.Environment.GetEnvironmentVariable("PATH");
    try
    {
        Run("git", ["clone", "--quiet", ".", clone]);
        string tools = System.IO.Directory.CreateDirectory($"{clone}/artifacts/tools").FullName;
        foreach (string program in new[] { "train", "export", "infer" })
            System.IO.File.CreateSymbolicLink($"{tools}/fakenews-{program}", Program(program, clone));
        System.Environment.SetEnvironmentVariable("PATH", tools + System.IO.Path.PathSeparator + path);

        foreach (string page in new[] { "README.md", "docs/training.md", "docs/export.md", "docs/inference.md" })
        {
            foreach (Match block in Regex.Matches(System.IO.File.ReadAllText($"{clone}/{page}"), @"^```bash run\r?\n(.*?)^```\s*$", RegexOptions.Multiline | RegexOptions.Singleline))
            {
                string script = block.Groups[1].Value;
                Console.WriteLine(script.TrimEnd());
                Run("bash", ["-euo", "pipefail", "-c", script], clone);
            }
        }
    }
    finally
    {
        System.Environment.SetEnvironmentVariable("PATH", path);
        DeleteDirectory(clone, new DeleteDirectorySettings { Recursive = true, Force = true });
    }
});

Task("Train").IsDependentOn("Build").Does(() => Run(Program("train"), ["fit", .. HasArgument("out") ? [] : new[] { "--out", "artifacts/adapter" }, .. Rest()]));

// A file is written beside its place and moved there when it has passed: one in fp16 or int8, or with operators of
// com.microsoft, after a comparison with a portable fp32 file on labelled articles, and every one that can after its self-test.
Task("Export").IsDependentOn("Build").Does(() =>
{
    string target = System.IO.Path.GetFullPath(Argument<string>("out")), folder = $"{target}.candidate";
    string candidate = $"{folder}/{System.IO.Path.GetFileName(target)}", reference = $"{folder}/.reference.onnx";
    string[] source = [.. Only("base", "adapter", "labels")], form = [.. Rest("out", "base", "adapter", "labels", "data", "column", "max-accuracy-drop")];
    string[] Onnx(string file, params string[] options) => ["onnx", .. source, "--out", file, .. options];
    bool isReference = Argument("precision", "fp32") == "fp32" && Argument("graph", "portable") == "portable";
    if (!isReference && !HasArgument("data"))
        throw new CakeException("Export: a file in another precision or form is compared with fp32 first: give --data with labelled articles that were not trained on.");

    CleanDirectory(folder);
    try
    {
        Run(Program("export"), Onnx(candidate, form));
        if (!isReference)
        {
            Run(Program("export"), Onnx(reference));
            string[] compare = ["compare", reference, candidate, .. Only("data", "column", "max-accuracy-drop")];
            JsonElement compared = RunForJson(Program("infer"), [.. compare, "--json"]);
            JsonElement measured = compared.GetProperty("self_test_difference");
            if (measured.ValueKind == JsonValueKind.Number && !HasArgument("tolerance"))
                Run(Program("export"), Onnx(candidate, [.. form, "--tolerance", Math.Clamp(2 * measured.GetDouble(), 2e-5, 1).ToString("G3", System.Globalization.CultureInfo.InvariantCulture)]));
        }

        if (HasArgument("adapter") && FileExists($"{Argument<string>("adapter")}/fakenews.json"))
            Run(Program("infer"), ["selftest", "--model", candidate]);
        if (FileExists($"{candidate}.data"))
            System.IO.File.Move($"{candidate}.data", $"{target}.data", overwrite: true);
        System.IO.File.Move(candidate, target, overwrite: true);
        Console.WriteLine(target);
    }
    finally
    {
        DeleteDirectory(folder, new DeleteDirectorySettings { Recursive = true, Force = true });
    }
});

Task("Infer").IsDependentOn("Build").Does(() => Run(Program("infer"), ["score", Argument<string>("data"), .. Rest("data")]));

Task("Benchmark").IsDependentOn("Build").Does(() =>
{
    string filter = Argument("filter", "");
    if (filter.Split(',').Any("start".Contains))
        PublishInfer();
    Benchmark(filter);
});

Task("Fuzz").Does(() =>
    Run("dotnet", ["run", "--project", "tests/Fuzz", "--configuration", "Release", accelerator, "--", .. Rest()]));

Task("Soak").IsDependentOn("Build").Does(() =>
    Test("TestCategory=Soak", mustPass: true, "--logger", "console;verbosity=detailed", "--", $"TestRunParameters.Parameter(name=\"minutes\", value=\"{Argument("minutes", "10")}\")"));

// The clones lie in folders of different names and depths, so that a path in a file would show.
Task("Determinism").Does(() =>
{
    string root = System.IO.Directory.CreateTempSubdirectory("fakenewsonnx-twice-").FullName;
    try
    {
        string[] clones = [$"{root}/one", $"{root}/another folder/two"];
        foreach (string clone in clones)
        {
            Run("git", ["clone", "--quiet", ".", clone]);
            foreach (string project in new[] { "train", "export", "infer/cli" })
                Run("dotnet", ["build", project, "--configuration", "Release", "--nologo", "--verbosity", "quiet", accelerator], clone);

            string Built(string name) => System.IO.Path.GetFullPath($"{clone}/{System.IO.Path.GetRelativePath(".", Program(name))}");
            Run(Built("train"), ["fit", "--data", "samples/horne-adali-2017.csv", "--base", "models/gpt2-mini", "--recipe", "recipes/sample.json", "--num-train-epochs", "1", "--max-length", "64", "--threads", "2", "--out", "out/adapter", "--cache-dir", $"{clone}/out/cache"], clone);
            Run(Built("export"), ["onnx", "--base", "models/gpt2-mini", "--adapter", "out/adapter", "--out", "out/model.onnx"], clone);
            Run(Built("infer"), ["score", "samples/horne-adali-2017.csv", "--model", "out/model.onnx", "--out", "out/scored.csv"], clone);
        }

        // These hold times.
        string[] timed = ["report.html", "events.out.tfevents"], files = [.. System.IO.Directory.GetFiles($"{clones[0]}/out", "*", SearchOption.AllDirectories)
            .Select(file => System.IO.Path.GetRelativePath(clones[0], file)).Where(file => !file.StartsWith("out/cache") && !timed.Any(file.Contains)).Order()];
        string[] different = [.. files.Where(file => !System.IO.File.ReadAllBytes($"{clones[0]}/{file}").AsSpan().SequenceEqual(System.IO.File.ReadAllBytes($"{clones[1]}/{file}")))];
        Console.WriteLine($"{files.Length} files are the same byte for byte: {string.Join(", ", files.Except(different))}");
        if (different.Length > 0)
            throw new CakeException($"two clones give different bytes: {string.Join(", ", different)}.");
    }
    finally
    {
        DeleteDirectory(root, new DeleteDirectorySettings { Recursive = true, Force = true });
    }
});

// A source need not have such data, or answer at all: that is said, and is no failure.
Task("Audit").Does(() =>
{
    var found = new List<string>();
    foreach (string question in new[] { "vulnerable", "deprecated" })
    {
        string answer = "";
        try
        {
            Run("dotnet", ["list", "FakeNewsOnnx.sln", "package", $"--{question}", "--include-transitive", "--format", "json"], read: stream => answer = stream.ReadToEnd());
            JsonElement projects = JsonDocument.Parse(answer).RootElement.GetProperty("projects");
            string[] packages = [.. projects.EnumerateArray().SelectMany(project => project.TryGetProperty("frameworks", out JsonElement frameworks) ? frameworks.EnumerateArray() : [])
                .SelectMany(framework => new[] { "topLevelPackages", "transitivePackages" }.SelectMany(list => framework.TryGetProperty(list, out JsonElement found) ? found.EnumerateArray() : []))
                .Select(package => $"{package.GetProperty("id")} {package.GetProperty("resolvedVersion")}").Distinct().Order()];
            Console.WriteLine($"{question}: {(packages.Length == 0 ? "none is known" : string.Join(", ", packages))}");
            found.AddRange(packages);
        }
        catch (Exception e) when (e is CakeException or JsonException or KeyNotFoundException)
        {
            Console.WriteLine($"{question}: the package source does not say ({e.Message}) {answer.Trim()}");
        }
    }

    if (found.Count > 0)
        throw new CakeException($"{found.Count} packages need another version.");
});

Task("Publish").Does(() =>
{
    CleanDirectory("artifacts/bin");
    Publish("train", "train", "--self-contained", "false");
    Publish("export", "export", "--self-contained", "false");
    PublishInfer();
});

// A tool with native code is one package for each platform, of which this makes this platform's, and one that points to them all.
Task("Pack").Does(() =>
{
    void Pack(string project, params string[] options) =>
        Run("dotnet", ["pack", project, "--configuration", "Release", "--nologo", "--verbosity", "quiet", "--output", "artifacts/packages", accelerator, .. options]);

    CleanDirectory("artifacts/packages");
    Pack("infer/library");
    Pack("export");
    foreach (string tool in new[] { "train", "infer/cli" })
        Pack(tool, "-p:CreateRidSpecificToolPackages=false");
    Pack("train", "--use-current-runtime");
    Pack("infer/cli", "--use-current-runtime", "-p:PublishAot=true", "-p:CopyOutputSymbolsToPublishDirectory=false");
    foreach (string project in new[] { "infer/library", "export", "train", "infer/cli" })
        WriteBillOfMaterials(project);
});

Task("Clean").Does(() =>
{
    foreach (string project in new[] { "shared/contract", "shared/files", "shared/articles", "shared/checkpoint", "shared/hub", "shared/cli", "train", "export", "infer/library", "infer/cli", "samples/web", "tests", "tests/Benchmarks", "tests/Fuzz" })
        CleanDirectories([$"{project}/bin", $"{project}/obj"]);
    CleanDirectory("artifacts");
});

RunTarget(Argument("target", "Default"));

string Program(string name, string root = ".") =>
    System.IO.Path.GetFullPath($"{root}/{(name == "infer" ? "infer/cli" : name)}/bin/Release/net10.0/{name}{(OperatingSystem.IsWindows() ? ".exe" : "")}");

// The command line's arguments, but for Cake's own and those named.
IEnumerable<string> Rest(params string[] taken) => Arguments(name => name is not ("target" or "accelerator" or "verbosity" or "exclusive") && !taken.Contains(name));

// Those of the command line's arguments that are named.
IEnumerable<string> Only(params string[] names) => Arguments(name => names.Contains(name));

// A flag has no value.
IEnumerable<string> Arguments(Func<string, bool> isMeant) =>
    from argument in Context.Arguments.GetArguments()
    where isMeant(argument.Key)
    from value in argument.Value
    from part in string.IsNullOrEmpty(value) ? new[] { $"--{argument.Key}" } : [$"--{argument.Key}", value]
    select part;

// Runs a program to its end; fails on an exit code other than 0.
void Run(string program, string[] arguments, string folder = ".", Action<System.IO.StreamReader> read = null)
{
    var start = new System.Diagnostics.ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = read != null };
    using var process = System.Diagnostics.Process.Start(start);
    read?.Invoke(process.StandardOutput);
    process.WaitForExit();
    if (process.ExitCode != 0)
        throw new CakeException($"{System.IO.Path.GetFileName(program)} {arguments[0]} ended with exit code {process.ExitCode}.");
}

// Runs a program that prints one JSON object, and shows it.
JsonElement RunForJson(string program, string[] arguments)
{
    string output = "";
    Run(program, arguments, read: stream => Console.WriteLine(output = stream.ReadToEnd().Trim()));
    return JsonDocument.Parse(output).RootElement;
}

// Runs the groups of benchmarks whose names contain a text.
void Benchmark(string filter)
{
    System.Environment.SetEnvironmentVariable("FAKENEWSONNX_ROOT", System.IO.Directory.GetCurrentDirectory());
    Run("dotnet", ["run", "--project", "tests/Benchmarks", "--configuration", "Release", "--no-build", accelerator, "--", "--filter", filter]);
}

void Publish(string project, string program, params string[] options) =>
    Run("dotnet", ["publish", project, "--configuration", "Release", "--use-current-runtime", "--nologo", "--verbosity", "quiet", "--output", $"artifacts/bin/{program}", accelerator, .. options]);

void PublishInfer() => Publish("infer/cli", "infer", "-p:PublishAot=true", "-p:CopyOutputSymbolsToPublishDirectory=false");

// What a packed project is made of, as CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json): every package that its restore brought in, with its hash and licence.
void WriteBillOfMaterials(string project)
{
    JsonElement assets = JsonDocument.Parse(System.IO.File.ReadAllText($"{project}/obj/project.assets.json")).RootElement;
    JsonElement restored = assets.GetProperty("project");
    string name = restored.GetProperty("restore").GetProperty("projectName").GetString(), version = restored.GetProperty("version").GetString();
    string[] folders = [.. assets.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name)];
    object Component(JsonProperty library)
    {
        string id = library.Name.Split('/')[0], packageVersion = library.Name.Split('/')[1], path = library.Value.GetProperty("path").GetString();
        string package = folders.Select(folder => $"{folder}{path}/{id.ToLowerInvariant()}").First(start => System.IO.File.Exists($"{start}.nuspec"));
        XElement licence = XDocument.Load($"{package}.nuspec").Descendants().FirstOrDefault(element => element.Name.LocalName == "license");
        return new
        {
            type = "library",
            name = id,
            version = packageVersion,
            purl = $"pkg:nuget/{id}@{packageVersion}",
            hashes = new[] { new { alg = "SHA-512", content = Convert.ToHexStringLower(Convert.FromBase64String(System.IO.File.ReadAllText($"{package}.{packageVersion.ToLowerInvariant()}.nupkg.sha512"))) } },
            licenses = new object[] { (string)licence?.Attribute("type") == "expression" ? new { expression = licence.Value } : new { license = new { name = licence?.Value ?? "see the package" } } },
        };
    }

    var bill = new
    {
        bomFormat = "CycloneDX",
        specVersion = "1.6",
        version = 1,
        metadata = new { component = new { type = "library", name, version, purl = $"pkg:nuget/{name}@{version}", licenses = new[] { new { expression = "MIT" } } } },
        components = assets.GetProperty("libraries").EnumerateObject().Where(library => library.Value.GetProperty("type").GetString() == "package").Select(Component).ToArray(),
    };
    System.IO.File.WriteAllText($"artifacts/packages/{name}.{version}.cdx.json", JsonSerializer.Serialize(bill, new JsonSerializerOptions { WriteIndented = true }) + "\n");
}

// The last line of the output is the sum over all test projects, which is what is returned.
string Test(string filter, bool mustPass = true, params string[] options)
{
    const string results = "artifacts/test-results";
    CleanDirectory(results);
    CakeException failure = null;
    try
    {
        Run("dotnet", ["test", "FakeNewsOnnx.sln", "--configuration", "Release", "--no-build", "--nologo", accelerator, "--filter", filter, "--logger", "trx", "--results-directory", results, .. options]);
    }
    catch (CakeException e)
    {
        failure = e;
    }

    var outcomes = System.IO.Directory.GetFiles(results, "*.trx")
        .SelectMany(file => XDocument.Load(file).Descendants().Where(e => e.Name.LocalName == "UnitTestResult"))
        .Select(e => (string)e.Attribute("outcome")).ToList();
    int passed = outcomes.Count(o => o == "Passed"), skipped = outcomes.Count(o => o is "NotExecuted" or "Inconclusive");
    string sum = $"{passed} passed, {outcomes.Count - passed - skipped} failed, {skipped} skipped";
    Console.WriteLine(sum);
    if (mustPass && failure != null)
        throw failure;
    return mustPass && passed == 0 ? throw new CakeException("no test passed.") : sum;
}

void Heading(string text) => Console.WriteLine($"{Environment.NewLine}== {text}");

void Row(string name, FormattableString value) => Row(name, FormattableString.Invariant(value));
void Row(string name, string value) => Console.WriteLine($"{name,-34}{value}");
