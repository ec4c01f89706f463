using FakeNewsOnnx.Data;
using FakeNewsOnnx.Export;

return await ProgramHost.RunAsync(ExportProgram.CreateCommand(), args);
