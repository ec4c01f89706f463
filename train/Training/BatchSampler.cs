using FakeNewsOnnx.Train.Recipes;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Training;

/// <summary>Which articles each step of an epoch takes, as Transformers' Trainer draws them; the last batch may be smaller.</summary>
internal sealed class BatchSampler
{
    /// <summary>LengthGroupedSampler's mega-batches: at most this many batches, at most a quarter of the articles.</summary>
    private const int MostBatchesSortedTogether = 50;

    private readonly Recipe _recipe;
    private readonly int[] _lengths;

    /// <param name="recipe">Batch size, accumulation, grouping and seed.</param>
    /// <param name="lengths">Tokens of each training article.</param>
    public BatchSampler(Recipe recipe, IEnumerable<int> lengths)
    {
        _recipe = recipe;
        _lengths = [.. lengths];
        int batches = DivideUp(_lengths.Length, recipe.TrainBatchSize);
        StepsPerEpoch = DivideUp(batches, recipe.AccumulationSteps);
    }

    /// <summary>Optimizer steps of an epoch.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>The steps of an epoch, each with its batches of article indices.</summary>
    /// <param name="epoch">0, 1, …</param>
    public IReadOnlyList<int[][]> Epoch(int epoch) =>
        [.. Order(epoch).Chunk(_recipe.TrainBatchSize).Chunk(_recipe.AccumulationSteps)];

    private int[] Order(int epoch)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)_recipe.Seed + (ulong)epoch);
        int[] order = [.. randperm(_lengths.Length, generator: generator).data<long>().Select(i => (int)i)];
        return _recipe.GroupByLength ? GroupByLength(order) : order;
    }

    /// <summary>Transformers' get_length_grouped_indices: sorted within mega-batches, and the longest article of all first, so that memory runs out at once or never.</summary>
    private int[] GroupByLength(int[] order)
    {
        int step = _recipe.TrainBatchSize * _recipe.AccumulationSteps;
        int together = Math.Max(1, Math.Min(order.Length / (step * 4), MostBatchesSortedTogether)) * step;
        int[][] groups = [.. order.Chunk(together).Select(group => group.OrderByDescending(i => _lengths[i]).ToArray())];
        int longest = groups.Index().MaxBy(group => _lengths[group.Item[0]]).Index;
        (groups[0][0], groups[longest][0]) = (groups[longest][0], groups[0][0]);
        return [.. groups.SelectMany(group => group)];
    }

    private static int DivideUp(int value, int by) => (value + by - 1) / by;
}
