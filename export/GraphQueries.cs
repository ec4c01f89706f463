namespace FakeNewsOnnx.Export;

/// <summary>The part of the graph that depends on ids and mask alone: positions, and the keys that each query may see.</summary>
/// <remarks>The model in <c>train</c> pads on the right and needs no mask; callers of a file may pad on the left or leave holes.</remarks>
internal sealed class GraphQueries
{
    private readonly GraphBuilder _graph;
    private readonly ModelForm _form;

    /// <param name="graph">Gets the nodes.</param>
    /// <param name="form">Mask value and type of the attention scores.</param>
    /// <param name="ids">int64 [B, T]</param>
    /// <param name="mask">int64 [B, T], 0 where no token may look.</param>
    /// <param name="padTokenId">Id that pooling skips.</param>
    /// <param name="blockStarts">Position of the first query of each query block, in order; one 0 for whole attention.</param>
    public GraphQueries(GraphBuilder graph, ModelForm form, Value ids, Value mask, int padTokenId, IReadOnlyList<int> blockStarts)
    {
        _graph = graph;
        _form = form;
        Positions = PositionsOf(ids);
        Value masked = MaskBias(mask); // [B, 1, 1, T]
        EveryToken = blockStarts.Count == 1
            ? new(AttentionBias("/bias", graph.Reshape("/bias/queries", Positions, -1, 1), Positions, masked), Index: null)
            : EveryTokenInBlocks(masked, blockStarts);
        LastToken = LastTokenOf(ids, masked, padTokenId);
    }

    /// <summary>0, 1, … T−1 as floats: [T].</summary>
    public Value Positions { get; }

    /// <summary>All tokens.</summary>
    public Queries EveryToken { get; }

    /// <summary>The rightmost token of each row whose id is not the pad, the first where all are pads.</summary>
    public Queries LastToken { get; }

    /// <summary>A running count over the tokens of the first row.</summary>
    private Value PositionsOf(Value ids)
    {
        Value row = _graph.Gather("/positions/row", ids, _graph.Scalar(0L));
        Value ones = _graph.Cast("/positions/ones", _graph.Equal("/positions/equal", row, row), OnnxType.Float);
        return _graph.SumBefore("/positions", ones);
    }

    private Queries EveryTokenInBlocks(Value masked, IReadOnlyList<int> starts)
    {
        Value last = _graph.ReduceMax("/blocks/last", Positions); // [1]
        QueryBlock[] blocks = [.. starts.Select((start, i) => Block(i, start, i + 1 < starts.Count ? starts[i + 1] : null, masked, last))];
        return new(blocks[0].Bias, Index: null) { Blocks = new(Reaches("/blocks/are_needed", last, starts[1]), blocks) };
    }

    /// <param name="i">The block's number.</param>
    /// <param name="start">Position of its first query.</param>
    /// <param name="end">Position behind its last query; null in the last block.</param>
    /// <param name="masked">[B, 1, 1, T]</param>
    /// <param name="last">T−1: [1].</param>
    private QueryBlock Block(int i, int start, int? end, Value masked, Value last)
    {
        string path = $"/blocks/{i}";
        Value first = _graph.Vector(0), from = _graph.Vector(start), to = _graph.Vector(end ?? long.MaxValue);
        Value queries = _graph.Reshape($"{path}/column", _graph.Slice($"{path}/queries", Positions, from, to, 0), -1, 1);
        if (end is null)
        {
            return new(AttentionBias($"{path}/bias", queries, Positions, masked), from, to, KeyEnd: null);
        }

        // Blocks are computed where the second one has a query.
        Value keyEnd = i < 2 ? to : _graph.Where($"{path}/key_end", Reaches($"{path}/is_reached", last, start), to, first);
        Value keys = _graph.Slice($"{path}/keys", Positions, first, keyEnd, 0);
        return new(AttentionBias($"{path}/bias", queries, keys, _graph.Slice($"{path}/masked", masked, first, keyEnd, 3)), from, to, keyEnd);
    }

    /// <summary>Whether there is a token at a position: bool [1].</summary>
    private Value Reaches(string path, Value last, int position) => _graph.Greater(path, last, _graph.Scalar(position - 0.5f));

    private Queries LastTokenOf(Value ids, Value masked, int padTokenId)
    {
        Value isPad = _graph.Equal("/pool/is_pad", ids, _graph.Scalar((long)padTokenId));
        Value isToken = _graph.Cast("/pool/is_token", _graph.Not("/pool/is_not_pad", isPad), OnnxType.Float);
        Value position = _graph.ReduceMax("/pool/position", _graph.Mul("/pool/positions", Positions, isToken)); // [B, 1]
        Value index = _graph.Cast("/pool/index", _graph.Reshape("/pool/index/float", position, 0, 1, 1), OnnxType.Int64);
        return new(AttentionBias("/pool/bias", _graph.Reshape("/pool/bias/queries", position, 0, 1, 1, 1), Positions, masked), index);
    }

    /// <summary>Added to the scores of a key: a very low number where its mask is 0. [B, T] → [B, 1, 1, T]</summary>
    private Value MaskBias(Value mask)
    {
        Value isMasked = _graph.Equal("/mask/is_masked", mask, _graph.Scalar(0L));
        return _graph.Reshape("/mask/bias", MaskedWhere("/mask/where", isMasked), 0, 1, 1, -1);
    }

    /// <summary>
    /// Added to attention scores: a very low number for a key after its query, and once more for a masked key. A query whose visible keys are
    /// all masked attends to them alike and stays finite, as in Transformers.
    /// </summary>
    private Value AttentionBias(string path, Value queries, Value keys, Value masked)
    {
        Value isAhead = _graph.Greater($"{path}/is_ahead", keys, queries);
        return _graph.Cast($"{path}/cast", _graph.Add(path, MaskedWhere($"{path}/ahead", isAhead), masked), _form.BiasType);
    }

    private Value MaskedWhere(string path, Value condition) =>
        _graph.Where(path, condition, _graph.Scalar(_form.Masked), _graph.Scalar(0f));
}
