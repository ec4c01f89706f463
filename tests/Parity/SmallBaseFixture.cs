using FakeNewsOnnx.Checkpoint;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>How <c>tests/Fixtures/small/base/model.safetensors</c> was made, see <c>tests/Fixtures/README.md</c>.</summary>
[Explicit("writes a fixture from the original checkpoint")]
internal sealed class SmallBaseFixture
{
    /// <summary>
    /// Copies the weights of the checkpoint in <c>SMALL_BASE</c>, with zeros for the token embeddings that no batch
    /// uses: the logits stay as they are, and git packs 14 MB into one.
    /// </summary>
    [Test]
    public void Write()
    {
        string original = Environment.GetEnvironmentVariable("SMALL_BASE") ?? throw new IgnoreException("SMALL_BASE names no directory");
        using BaseModel baseModel = BaseModel.Open(original);
        HashSet<long> used = [.. ReferenceModel.Small.Batches.SelectMany(batch => batch.InputIds).SelectMany(row => row)];
        SafetensorsWriter.Write(
            Path.Combine(ReferenceModel.Small.Base, "model.safetensors"),
            Gpt2Weights.All(baseModel.Config).Select(weight => new FloatTensor(weight.Name, weight.Shape, () => Read(weight.Name))));

        ReadOnlyMemory<float> Read(string name)
        {
            float[] values = baseModel.Read(name);
            if (name == Gpt2Weights.TokenEmbedding)
            {
                int width = baseModel.Config.Width;
                for (int id = 0; id < baseModel.Config.VocabularySize; id++)
                {
                    if (!used.Contains(id))
                    {
                        values.AsSpan(id * width, width).Clear();
                    }
                }
            }

            return values;
        }
    }
}
