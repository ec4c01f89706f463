using FakeNewsOnnx.Checkpoint;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Model;

/// <summary>Between checkpoints and the model in memory; the names of both sides are the same.</summary>
internal static class ModelLoader
{
    /// <summary>Elements that are read at once: 4 MB.</summary>
    private const int PieceLength = 1 << 20;

    private delegate void PieceReader(string name, long start, Span<float> values);

    /// <summary>Builds the model of a base, with an adapter's updates and head, or with fresh ones.</summary>
    /// <param name="base">The frozen weights, and the head if it has one and the adapter has none.</param>
    /// <param name="lora">Which modules get an update; null for none.</param>
    /// <param name="adapter">Stored updates; null to start as PEFT does, from the generator's state.</param>
    /// <param name="labels">Width of the head.</param>
    /// <param name="padTokenId">The token that pooling skips.</param>
    /// <param name="dropout">GPT-2's own dropouts, all three; null for those of its configuration.</param>
    /// <param name="frozen">How the frozen matrices are kept: Float32 or BFloat16.</param>
    /// <exception cref="InvalidDataException">A weight is missing; an adapter without a head meets a base without one.</exception>
    public static Gpt2ForSequenceClassification Build(BaseModel @base, LoraConfig? lora, AdapterDirectory? adapter, int labels, int padTokenId, double? dropout = null, ScalarType frozen = ScalarType.Float32)
    {
        bool adapterHasHead = adapter?.ScoreLabels == labels, baseHasHead = @base.ScoreLabels == labels;
        if (adapter is not null && !adapterHasHead && !baseHasHead)
        {
            throw new InvalidDataException($"neither the adapter nor the base '{@base.Directory}' holds a {Gpt2Weights.ScoreWeight} for {labels} labels.");
        }

        Gpt2Config config = dropout is { } rate
            ? @base.Config with { EmbeddingDropout = rate, AttentionDropout = rate, ResidualDropout = rate }
            : @base.Config;
        var model = new Gpt2ForSequenceClassification(config, lora, labels, padTokenId, new(frozen));
        var piece = new float[PieceLength];
        try
        {
            foreach (var (fullName, parameter) in model.named_parameters())
            {
                string name = WeightName(fullName);
                bool isHead = name == Gpt2Weights.ScoreWeight;
                bool isUpdate = AdapterWeights.IsUpdate(name);
                parameter.requires_grad = isHead || isUpdate || lora?.Resolve(name).IsReplaced == true;
                if (parameter.requires_grad && parameter.dtype != ScalarType.Float32)
                {
                    throw new InvalidDataException($"modules_to_save: '{name}' is trained, which needs precision fp32; found bf16.");
                }

                if (adapter?.Holds(name) == true && (!isHead || adapterHasHead))
                {
                    Fill(parameter, name, adapter.Read, piece);
                }
                else if (!isUpdate && (!isHead || baseHasHead))
                {
                    Fill(parameter, name, @base.Read, piece);
                }
            }

            if (adapter is null)
            {
                foreach (DoraLinear linear in model.modules().OfType<DoraLinear>())
                {
                    linear.StartMagnitude();
                }
            }

            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The parameters that training changes, by their names in the adapter, in the model's order.</summary>
    public static IReadOnlyList<(string Name, Parameter Value)> Trainable(Gpt2ForSequenceClassification model) =>
        [.. model.named_parameters().Where(entry => entry.parameter.requires_grad).Select(entry => (WeightName(entry.name), entry.parameter))];

    /// <summary>The trainable parameters as they would be saved.</summary>
    public static IEnumerable<FloatTensor> ToFloatTensors(Gpt2ForSequenceClassification model) =>
        Trainable(model).Select(entry => new FloatTensor(entry.Name, entry.Value.shape, () =>
        {
            using Tensor values = entry.Value.cpu();
            return values.data<float>().ToArray();
        }));

    /// <summary>PEFT's line. As in PEFT, a module to save counts twice: frozen as the base has it, and as the copy that is trained.</summary>
    public static string DescribeTrainable(Gpt2ForSequenceClassification model, LoraConfig lora)
    {
        long trainable = 0, all = 0;
        foreach (var (name, parameter) in model.named_parameters())
        {
            long count = parameter.numel();
            trainable += parameter.requires_grad ? count : 0;
            all += lora.IsSaved(name[..name.LastIndexOf('.')]) ? 2 * count : count;
        }

        return $"trainable params: {trainable:N0} || all params: {all:N0} || trainable%: {100.0 * trainable / all:F4}";
    }

    private static string WeightName(string fullName) =>
        fullName.StartsWith(Gpt2Weights.TransformerPrefix, StringComparison.Ordinal) ? fullName[Gpt2Weights.TransformerPrefix.Length..] : fullName;

    /// <summary>Reads a weight piece by piece: an array of all of it would stay in memory until the next full garbage collection.</summary>
    private static void Fill(Tensor parameter, string name, PieceReader read, float[] piece)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Tensor elements = parameter.view(-1);
        for (long start = 0; start < elements.numel(); start += piece.Length)
        {
            int count = (int)Math.Min(piece.Length, elements.numel() - start);
            read(name, start, piece.AsSpan(0, count));
            elements.narrow(0, start, count).copy_(frombuffer(piece, ScalarType.Float32, count));
        }
    }
}
