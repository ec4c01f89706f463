using CsCheck;

namespace FakeNewsOnnx.Tests;

internal static class SameCases
{
    /// <summary>
    /// Checks as many cases as CsCheck's <c>Sample</c>, but the same ones in every run, so that a change is never blamed for what chance found. Others:
    /// <c>dotnet test … -- "TestRunParameters.Parameter(name=\"seed\", value=\"7\")"</c>.
    /// </summary>
    /// <param name="gen">Makes the cases.</param>
    /// <param name="assert">Throws if one does not hold.</param>
    /// <param name="cases">How many.</param>
    /// <param name="print">Shows the one that did not hold.</param>
    public static void Check<T>(this Gen<T> gen, Action<T> assert, int cases, Func<T, string>? print = null)
    {
        var random = new PCG(1, (ulong)TestContext.Parameters.Get("seed", 42));
        for (int i = 0; i < cases; i++)
        {
            T value = gen.Generate(random, null, out _);
            try
            {
                assert(value);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"case {i}: {print?.Invoke(value) ?? $"{value}"}: {e.Message}", e);
            }
        }
    }
}
