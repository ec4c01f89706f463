using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Train.Commands;
using FakeNewsOnnx.Train.Distributed;

return Ranks.EndJob(await ProgramHost.RunAsync(TrainProgram.CreateCommand(), args));
