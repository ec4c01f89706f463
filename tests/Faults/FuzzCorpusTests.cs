using FakeNewsOnnx.Fuzz;

namespace FakeNewsOnnx.Tests.Faults;

/// <summary>The inputs by which the long runs (tests/FUZZING.md) came to every branch that they found.</summary>
internal sealed class FuzzCorpusTests
{
    private static IEnumerable<string> Targets => FuzzTarget.All.Select(target => target.Name);

    [TestCaseSource(nameof(Targets))]
    public void EveryKnownInput_IsParsedOrRefusedWithinItsBounds(string name)
    {
        FuzzTarget target = FuzzTarget.All.Single(target => target.Name == name);
        string[] corpus = Directory.GetFiles(Repository.PathOf("tests", "Fuzz", "Corpus", name));
        Assert.That(corpus, Is.Not.Empty);
        Assert.Multiple(() =>
        {
            foreach (var (file, input) in target.Seeds.Select(seed => ("a seed", seed)).Concat(corpus.Select(file => (file, File.ReadAllBytes(file)))))
            {
                Assert.That(() => target.Check(input), Throws.Nothing, file);
            }
        });
    }
}
