using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Infer;

return await ProgramHost.RunAsync(InferProgram.CreateCommand(), args).ConfigureAwait(false);
