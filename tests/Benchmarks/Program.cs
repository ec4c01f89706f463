using FakeNewsOnnx.Benchmarks;

string root = Environment.GetEnvironmentVariable("FAKENEWSONNX_ROOT")
    ?? throw new InvalidOperationException("FAKENEWSONNX_ROOT must name the repository's folder; build.cake sets it.");
switch (args)
{
    case []:
        BenchmarkSuite.Run(root, "");
        break;
    case ["--filter", var filter]:
        BenchmarkSuite.Run(root, filter);
        break;
    case [MeasuredProcess.Option, .. var work]:
        MeasuredProcess.Measure(root, work);
        break;
    default:
        throw new ArgumentException($"expected --filter NAME or nothing; found {string.Join(' ', args)}.");
}
