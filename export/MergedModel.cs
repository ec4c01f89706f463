using FakeNewsOnnx.Data;

namespace FakeNewsOnnx.Export;

/// <summary>
/// The classifier that is exported: the base with the adapter's updates added and the adapter's head. Weights are read and
/// merged when they are asked for, one at a time.
/// </summary>
internal sealed class MergedModel
{
    private readonly BaseModel _baseModel;
    private readonly AdapterDirectory? _adapter;
    private readonly Dictionary<string, (string Module, LoraTarget Update)> _updates = new(StringComparer.Ordinal);

    /// <param name="baseModel">Stays open as long as weights are read.</param>
    /// <param name="adapter">Null for a base that brings its own head; stays open too.</param>
    /// <exception cref="InvalidDataException">Neither brings a head.</exception>
    public MergedModel(BaseModel baseModel, AdapterDirectory? adapter)
    {
        _baseModel = baseModel;
        _adapter = adapter;
        Labels = adapter?.ScoreLabels ?? baseModel.ScoreLabels ?? throw new InvalidDataException(
            $"{baseModel.Directory}: no classifier head: '{Gpt2Weights.ScoreWeight}' is {(adapter is null ? "not in the base, and no adapter was given" : "neither in the adapter nor in the base")}.");
        foreach (var (module, inputs, outputs) in Gpt2Weights.LinearModules(baseModel.Config))
        {
            if (adapter?.Config.Resolve(AdapterDirectory.ModuleName(module)) is { } update)
            {
                _updates.Add($"{module}.weight", (module, update));
                MergedParameters += (long)update.Rank * (inputs + outputs);
            }
        }
    }

    /// <summary>The shape of the base, which merging leaves as it is.</summary>
    public Gpt2Config Config => _baseModel.Config;

    /// <summary>Rows of the head, at least 2.</summary>
    public int Labels { get; }

    /// <summary>Elements of the A and B that are merged, without the head.</summary>
    public long MergedParameters { get; }

    /// <summary>Reads a final weight by its name in <see cref="Gpt2Weights"/>, row by row.</summary>
    /// <exception cref="InvalidDataException">No such weight, or it holds NaN or an infinity.</exception>
    public float[] Read(string name)
    {
        if (name == Gpt2Weights.ScoreWeight && _adapter?.ScoreLabels is not null)
        {
            return _adapter.Read(name);
        }

        float[] weight = _baseModel.Read(name);
        if (_updates.TryGetValue(name, out var target))
        {
            var (module, update) = target;
            LoraMerge.Add(weight, _adapter!.Read(LoraWeightNames.A(module)), _adapter.Read(LoraWeightNames.B(module)), update.Rank, update.Scaling);
        }

        return weight;
    }
}
