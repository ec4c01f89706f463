using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Export;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>A base model directory with the weights that the exporter merges, so that TorchSharp can run them.</summary>
internal static class MergedBase
{
    public static void Write(string baseDirectory, string adapterDirectory, string target)
    {
        using BaseModel baseModel = BaseModel.Open(baseDirectory);
        using AdapterDirectory adapter = AdapterDirectory.Open(adapterDirectory, baseModel.Config);
        var merged = new MergedModel(baseModel, adapter);
        Directory.CreateDirectory(target);
        File.Copy(Path.Combine(baseDirectory, Gpt2Config.FileName), Path.Combine(target, Gpt2Config.FileName));
        SafetensorsWriter.Write(
            Path.Combine(target, "model.safetensors"),
            Gpt2Weights.All(merged.Config).Append((Name: Gpt2Weights.ScoreWeight, Shape: [merged.Labels, merged.Config.Width]))
                .Select(weight => new FloatTensor(weight.Name, weight.Shape, () => merged.Read(weight.Name))));
    }
}
