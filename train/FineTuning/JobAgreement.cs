using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FakeNewsOnnx.Train.Distributed;
using FakeNewsOnnx.Train.Model;

namespace FakeNewsOnnx.Train.FineTuning;

/// <summary>What all ranks must have in common before the first step.</summary>
internal static class JobAgreement
{
    /// <summary>The programs: another build may read the same files in another way.</summary>
    /// <exception cref="InvalidDataException">A rank runs another one.</exception>
    public static void RequireSameProgram(Ranks ranks) =>
        ranks.RequireSame([new("the program (train.dll)", typeof(JobAgreement).Assembly.ManifestModule.ModuleVersionId.ToString())]);

    /// <summary>Recipe, data, base, checkpoint, and the new weights that were drawn.</summary>
    /// <exception cref="InvalidDataException">A rank has other ones.</exception>
    public static void RequireSameStart(Ranks ranks, FineTuningInputs inputs, string? checkpoint) => ranks.RequireSame(
    [
        .. inputs.Hashes,
        new("the checkpoint to resume from", Path.GetFileName(checkpoint) ?? "none"),
        new("the weights at the start", Hash(inputs.Model)),
    ]);

    private static string Hash(Gpt2ForSequenceClassification model)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (_, parameter) in ModelLoader.Trainable(model))
        {
            using var _ = TorchSharp.torch.NewDisposeScope();
            hash.AppendData(MemoryMarshal.AsBytes<float>(parameter.detach().cpu().data<float>().ToArray()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
