using System.CommandLine;
using FakeNewsOnnx.Data;
using FakeNewsOnnx.Export;

return await ProgramHost.RunAsync(new RootCommand("Turns a fine-tuned GPT-2 classifier into one ONNX file.") { OnnxCommand.Create(), InspectCommand.Create() }, args);
