using System.Text;
using FakeNewsOnnx.Checkpoint;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary>
/// GPT-2's real shape without its 500 MB: every weight is a function of its name and index, exact in single precision.
/// The recipe is in <c>tests/Fixtures/README.md</c>.
/// </summary>
internal static class Full124M
{
    /// <summary>Writes a base model directory with a head of two labels.</summary>
    /// <param name="configFile">GPT-2's <c>config.json</c>: <c>tests/Fixtures/full124m/base</c> has it.</param>
    /// <param name="directory">An empty one.</param>
    public static void WriteBase(string configFile, string directory)
    {
        File.Copy(configFile, Path.Combine(directory, Gpt2Config.FileName));
        Gpt2Config config = Gpt2Config.Load(Path.Combine(directory, Gpt2Config.FileName));
        var weights = Gpt2Weights.All(config).Append((Name: Gpt2Weights.ScoreWeight, Shape: [2, config.Width]));
        SafetensorsWriter.Write(
            Path.Combine(directory, "model.safetensors"),
            weights.Select(weight => new FloatTensor(weight.Name, weight.Shape, () => Weight(weight.Name, weight.Shape.Aggregate((a, b) => a * b)))));
    }

    private static float[] Weight(string name, long count)
    {
        uint seed = Fnv1A(name);
        float scale = MathF.ScaleB(1, Log2Scale(name) - 23);
        float offset = name.Contains("ln_", StringComparison.Ordinal) && name.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0;
        var values = new float[count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = offset + ((int)(Mix(((uint)i * 0x9E3779B1) + seed) >> 8) - 8_388_608) * scale;
        }

        return values;
    }

    private static int Log2Scale(string name) => name switch
    {
        "wte.weight" => -2,
        "score.weight" => -3,
        _ when name.EndsWith(".bias", StringComparison.Ordinal) => -4,
        _ when name.Contains("ln_", StringComparison.Ordinal) => -2,
        _ when name.EndsWith(".mlp.c_proj.weight", StringComparison.Ordinal) => -5,
        _ => -4,
    };

    private static uint Fnv1A(string text)
    {
        uint hash = 0x811C9DC5;
        foreach (byte letter in Encoding.UTF8.GetBytes(text))
        {
            hash = (hash ^ letter) * 0x01000193;
        }

        return hash;
    }

    private static uint Mix(uint h)
    {
        h = (h ^ (h >> 16)) * 0x85EBCA6B;
        h = (h ^ (h >> 13)) * 0xC2B2AE35;
        return h ^ (h >> 16);
    }
}
