namespace FakeNewsOnnx.Train.Evaluation;

/// <summary>
/// McNemar's exact test (Psychometrika 12, 1947): of the articles that only one of two classifiers gets right, each would fall to either
/// with probability ½ if both were as good. The p-value is statsmodels' <c>mcnemar(exact=True)</c>.
/// </summary>
internal static class McNemar
{
    /// <summary>Tests two classifiers on the same articles.</summary>
    public static McNemarTest Test(Predictions first, Predictions second)
    {
        int onlyFirst = 0, onlySecond = 0;
        for (int i = 0; i < first.Labels.Count; i++)
        {
            bool isFirstRight = first.IsRight(i), isSecondRight = second.IsRight(i);
            onlyFirst += isFirstRight && !isSecondRight ? 1 : 0;
            onlySecond += isSecondRight && !isFirstRight ? 1 : 0;
        }

        return new(onlyFirst, onlySecond, PValue(onlyFirst, onlySecond));
    }

    /// <summary>min(1, 2 · P(X ≤ min(first, second))) with X binomial of first + second throws at ½.</summary>
    public static double PValue(int first, int second)
    {
        int fewer = Math.Min(first, second), all = first + second;
        double logTerm = -all * Math.Log(2); // ln of P(X = fewer): C(all, fewer) / 2^all
        for (int i = 1; i <= fewer; i++)
        {
            logTerm += Math.Log((double)(all - fewer + i) / i);
        }

        double sum = 0, term = 1; // both in units of P(X = fewer), which may be too small for a double
        for (int i = fewer; i >= 0 && term > sum * 1e-17; i--)
        {
            sum += term;
            term *= (double)i / (all - i + 1);
        }

        return Math.Min(1, 2 * Math.Exp(logTerm + Math.Log(sum)));
    }
}
