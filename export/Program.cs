using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Export;

return await ProgramHost.RunAsync(ExportProgram.CreateCommand(), args);
