using System.CommandLine;
using FakeNewsOnnx.Data;
using FakeNewsOnnx.Export;

return await ProgramHost.RunAsync(new RootCommand("Turns a base model and a LoRA adapter into one ONNX file, or into a Hugging Face model.") { OnnxCommand.Create(), MergedCommand.Create(), InspectCommand.Create() }, args);
