using FakeNewsOnnx.Checkpoint;

namespace FakeNewsOnnx.Export;

/// <summary>
/// The classifier that is exported: the base with the adapter's updates added and the adapter's head. Weights are read and
/// merged when they are asked for, one at a time.
/// </summary>
internal sealed class MergedModel
{
    private readonly BaseModel _baseModel;
    private readonly AdapterDirectory? _adapter;

    /// <param name="baseModel">Stays open as long as weights are read.</param>
    /// <param name="adapter">Null for a base that brings its own head; stays open too.</param>
    /// <exception cref="InvalidDataException">Neither brings a head.</exception>
    public MergedModel(BaseModel baseModel, AdapterDirectory? adapter)
    {
        _baseModel = baseModel;
        _adapter = adapter;
        Labels = adapter?.ScoreLabels ?? baseModel.ScoreLabels ?? throw new InvalidDataException(
            $"{baseModel.Directory}: no classifier head: '{Gpt2Weights.ScoreWeight}' is {(adapter is null ? "not in the base, and no adapter was given" : "neither in the adapter nor in the base")}.");
        MergedParameters = adapter is null ? 0 : AdapterWeights.All(adapter.Config, baseModel.Config).Sum(weight => weight.Shape.Aggregate((a, b) => a * b));
    }

    /// <summary>The shape of the base, which merging leaves as it is.</summary>
    public Gpt2Config Config => _baseModel.Config;

    /// <summary>Rows of the head, at least 2.</summary>
    public int Labels { get; }

    /// <summary>Elements of the adapter that are merged, without the head.</summary>
    public long MergedParameters { get; }

    /// <summary>Reads a final weight by its name in <see cref="Gpt2Weights"/>, row by row.</summary>
    /// <exception cref="InvalidDataException">No such weight, or it holds NaN or an infinity.</exception>
    public float[] Read(string name)
    {
        if (_adapter is null)
        {
            return _baseModel.Read(name);
        }

        WeightUpdate update = _adapter.Config.Resolve(name);
        float[] weight = _adapter.Holds(name) ? _adapter.Read(name) : _baseModel.Read(name);
        if (!update.IsLowRank)
        {
            return weight;
        }

        string module = name[..name.LastIndexOf('.')];
        if (name.EndsWith(".bias", StringComparison.Ordinal))
        {
            LoraMerge.AddBias(weight, _adapter.Read(AdapterWeights.BiasOfB(module)), update.Scaling);
        }
        else
        {
            LoraMerge.Add(
                weight,
                _adapter.Read(AdapterWeights.A(module)),
                _adapter.Read(AdapterWeights.B(module)),
                update.Rank,
                update.Scaling,
                update.IsDecomposed ? _adapter.Read(AdapterWeights.Magnitude(module)) : null);
        }

        return weight.All(float.IsFinite)
            ? weight
            : throw new InvalidDataException($"weight '{name}': base and adapter are finite, but their sum is not; the adapter is broken.");
    }
}
