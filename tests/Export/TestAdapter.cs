using FakeNewsOnnx.Checkpoint;

namespace FakeNewsOnnx.Tests.Export;

/// <summary>A rank-1 adapter with a manifest, as <c>train fit</c> would write it, but of zeros.</summary>
internal static class TestAdapter
{
    /// <summary>The manifest of an adapter for <paramref name="baseModel"/>.</summary>
    public static Manifest Manifest(BaseModel baseModel) => new()
    {
        Version = FakeNewsOnnx.Manifest.CurrentVersion,
        Labels = ["fake", "real"],
        PadTokenId = baseModel.Config.EffectivePadTokenId,
        Pooling = FakeNewsOnnx.Manifest.RightmostNonPad,
        MaxTokens = baseModel.Config.Positions,
        TextFormat = Article.TextFormat,
        Temperature = 1,
        BaseModelSha256 = baseModel.ComputeSha256(),
        TokenizerSha256 = baseModel.ReadTokenizer()?.Tokenizer.Sha256,
    };

    public static void Save(string directory, Gpt2Config config, Manifest manifest)
    {
        var lora = new LoraConfig(Rank: 1, Alpha: 1);
        var weights = new List<FloatTensor> { Zeros(Gpt2Weights.ScoreWeight, 2, config.Width) };
        foreach (var (module, inputs, outputs) in Gpt2Weights.LinearModules(config).Where(module => lora.Resolve($"{module.Name}.weight").IsLowRank))
        {
            weights.Add(Zeros(AdapterWeights.A(module), 1, inputs));
            weights.Add(Zeros(AdapterWeights.B(module), outputs, 1));
        }

        AdapterDirectory.Save(directory, lora, weights, manifest, "");
    }

    private static FloatTensor Zeros(string name, int rows, int columns) => new(name, [rows, columns], () => new float[rows * columns]);
}
