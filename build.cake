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
// Publish     runnable programs for this platform   [--only PROJECT]   (artifacts/bin)
// Pack        the inference library, and the programs as .NET tools for this platform, each with its bill of materials   [--only PROJECT]   (artifacts/packages)
// Clean       removes all that was built
//
// --only, which may stand several times, is a project's folder, such as infer/cli.
// --accelerator cpu|cuda chooses the native libraries of whatever is built.
// Train, Export and Infer hand every further argument to their program.

#load build/process.cake
#load build/demo.cake
#load build/test.cake
#load build/readme.cake
#load build/exportgate.cake
#load build/determinism.cake
#load build/audit.cake
#load build/package.cake

using System.Text.Json;

Task("Default").IsDependentOn("Build").Does(RunDemo);

Task("Build").Does(() => Run("dotnet", ["build", "FakeNewsOnnx.sln", "--configuration", "Release", "--nologo", "--verbosity", "quiet", accelerator]));

Task("Test").IsDependentOn("Build").Does(() => Test("TestCategory!=Heavy&TestCategory!=Soak"));

Task("TestHeavy").IsDependentOn("Build").Does(() => Test("TestCategory=Heavy"));

Task("Gpu").IsDependentOn("Build").Does(TestGpu);

Task("TestReadme").Does(TestReadme);

Task("Train").IsDependentOn("Build").Does(() => Run(Program("train"), ["fit", .. HasArgument("out") ? [] : new[] { "--out", "artifacts/adapter" }, .. Rest()]));

Task("Export").IsDependentOn("Build").Does(ExportChecked);

Task("Infer").IsDependentOn("Build").Does(() => Run(Program("infer"), ["score", Argument<string>("data"), .. Rest("data")], finished: 3)); // 3: some rows have errors

Task("Benchmark").IsDependentOn("Build").Does(() => Benchmark(Argument("filter", "")));

Task("Fuzz").Does(() => Run("dotnet", ["run", "--project", "tests/Fuzz", "--configuration", "Release", accelerator, "--", .. Rest()]));

Task("Soak").IsDependentOn("Build").Does(() =>
    Test("TestCategory=Soak", mustPass: true, "--logger", "console;verbosity=detailed", "--", $"TestRunParameters.Parameter(name=\"minutes\", value=\"{Argument("minutes", "10")}\")"));

Task("Determinism").Does(CompareClones);

Task("Audit").Does(AuditPackages);

Task("Publish").Does(PublishPrograms);

Task("Pack").Does(PackAll);

Task("Clean").Does(() =>
{
    foreach (string project in GetFiles("./**/*.csproj").Select(file => file.GetDirectory().FullPath))
        CleanDirectories([$"{project}/bin", $"{project}/obj"]);
    CleanDirectory("artifacts");
});

RunTarget(Argument("target", "Default"));
