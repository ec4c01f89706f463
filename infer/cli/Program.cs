using FakeNewsOnnx.Data;
using FakeNewsOnnx.Infer;

return await ProgramHost.RunAsync(InferProgram.CreateCommand(), args).ConfigureAwait(false);
