// Tests, and the tests and benchmarks of a GPU.

using System.Xml.Linq;

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

// Each class runs in a process of its own: the CUDA libraries of TorchSharp and of ONNX Runtime may exclude each other.
void TestGpu()
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
}

// Runs the groups of benchmarks whose names contain a text.
void Benchmark(string filter)
{
    if (filter.Split(',').Any("start".Contains))
        PublishInfer();
    System.Environment.SetEnvironmentVariable("FAKENEWSONNX_ROOT", System.IO.Directory.GetCurrentDirectory());
    Run("dotnet", ["run", "--project", "tests/Benchmarks", "--configuration", "Release", "--no-build", accelerator, "--", "--filter", filter]);
}
