using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Train.Data;

namespace FakeNewsOnnx.Train.FineTuning;

/// <summary>
/// What the base made of articles before training, in the run's folder: the end of the run compares with it article by article, and a
/// resumed run no longer has that model.
/// </summary>
internal static class BaseLogits
{
    /// <summary>The file's name.</summary>
    public const string FileName = "base_logits.safetensors";

    /// <summary>Writes one tensor [articles, labels] for each part.</summary>
    public static void Save(string folder, IEnumerable<(SplitPart Part, float[][] Logits)> parts) =>
        SafetensorsWriter.Write(Path.Combine(folder, FileName), parts.Select(entry => new FloatTensor(
            $"{entry.Part}", [entry.Logits.Length, entry.Logits[0].Length], () => entry.Logits.SelectMany(row => row).ToArray())));

    /// <summary>Reads one part.</summary>
    /// <exception cref="InvalidDataException">The file is of other articles.</exception>
    /// <exception cref="IOException">There is none.</exception>
    public static float[][] Load(string folder, SplitPart part, int articles, int labels)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, FileName));
        float[] values = file.ReadFloats($"{part}");
        return values.Length == articles * labels
            ? [.. values.Chunk(labels)]
            : throw new InvalidDataException($"{file.Path}: {part}: expected {articles} articles with {labels} logits each; found {values.Length} logits. --overwrite-output-dir starts again.");
    }
}
