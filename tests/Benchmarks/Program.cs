using BenchmarkDotNet.Running;

// `--paired [NAME]` runs the paired rows whose name contains NAME; anything else is BenchmarkDotNet's.
if (args is ["--paired", ..])
{
    FakeNewsOnnx.Benchmarks.PairedRows.Run(args.ElementAtOrDefault(1) ?? "");
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
