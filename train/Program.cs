using System.CommandLine;
using FakeNewsOnnx.Data;
using FakeNewsOnnx.Train.Commands;
using FakeNewsOnnx.Train.Distributed;

return Ranks.EndJob(await ProgramHost.RunAsync(new RootCommand("Fine-tunes GPT-2 with LoRA to classify articles.") { new DoctorCommand(), new FetchCommand(), new FitCommand(), new EvalCommand(), new PredictCommand(), new AuditCommand() }, args));
