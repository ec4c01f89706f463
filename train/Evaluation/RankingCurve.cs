namespace FakeNewsOnnx.Train.Evaluation;

/// <summary>
/// Articles by falling score, some of them positive, with scikit-learn's treatment of ties: articles of equal score come in together.
/// </summary>
internal sealed class RankingCurve
{
    /// <summary>Points of a curve that are kept: as many as a plot can show.</summary>
    private const int MostPoints = 500;

    private readonly int[] _order;
    private readonly bool[] _isPositive; // by rank
    private readonly bool[] _endsTie; // by rank

    /// <param name="scores">One for each article.</param>
    /// <param name="isPositive">Whether an article is what the score should find.</param>
    public RankingCurve(double[] scores, Func<int, bool> isPositive)
    {
        _order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i])];
        _isPositive = [.. _order.Select(isPositive)];
        _endsTie = [.. _order.Select((article, rank) => rank == _order.Length - 1 || scores[article] != scores[_order[rank + 1]])];
    }

    /// <summary>Area under the ROC curve, and average precision (the sum of precision times gained recall); NaN unless there are positive and other articles.</summary>
    /// <param name="weights">How often each article counts.</param>
    public (double Roc, double Precision) Areas(ReadOnlySpan<int> weights)
    {
        long positives = 0, others = 0, positivesBefore = 0, othersBefore = 0;
        double roc = 0, precision = 0;
        for (int rank = 0; rank < _order.Length; rank++)
        {
            int weight = weights[_order[rank]];
            if (_isPositive[rank])
            {
                positives += weight;
            }
            else
            {
                others += weight;
            }

            if (_endsTie[rank])
            {
                roc += (others - othersBefore) * ((positives + positivesBefore) / 2.0);
                precision += positives == positivesBefore ? 0 : (positives - positivesBefore) * ((double)positives / (positives + others));
                (positivesBefore, othersBefore) = (positives, others);
            }
        }

        return positives == 0 || others == 0 ? (double.NaN, double.NaN) : (roc / positives / others, precision / positives);
    }

    /// <summary>The ROC curve's corners, at most <see cref="MostPoints"/> of them; points on a straight line between two others are left out, as scikit-learn does.</summary>
    public (double FalsePositiveRate, double TruePositiveRate)[] Points()
    {
        var points = new List<(double Others, double Positives)> { (0, 0) };
        int positives = 0;
        for (int rank = 0; rank < _order.Length; rank++)
        {
            positives += _isPositive[rank] ? 1 : 0;
            if (_endsTie[rank])
            {
                points.Add((rank + 1 - positives, positives));
            }
        }

        var (allOthers, allPositives) = points[^1];
        var corners = points.Where((point, i) => i <= 1 || i == points.Count - 1 || Turns(points[i - 1], point, points[i + 1])).ToArray();
        int kept = Math.Min(MostPoints, corners.Length);
        return [.. Enumerable.Range(0, kept).Select(i => corners[(long)i * (corners.Length - 1) / (kept - 1)]).Select(point => (point.Others / allOthers, point.Positives / allPositives))];
    }

    private static bool Turns((double X, double Y) before, (double X, double Y) point, (double X, double Y) after) =>
        point.X - before.X != after.X - point.X || point.Y - before.Y != after.Y - point.Y;
}
