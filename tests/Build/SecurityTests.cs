using System.Text.RegularExpressions;

namespace FakeNewsOnnx.Tests.Build;

/// <summary>SECURITY.md promises nothing that no test holds.</summary>
internal sealed partial class SecurityTests
{
    [Test]
    public void EveryPromise_NamesTestsThatExist()
    {
        ILookup<string, Type> fixtures = typeof(SecurityTests).Assembly.GetTypes().ToLookup(type => type.Name);
        string[] promises = [.. File.ReadAllLines(Repository.PathOf("SECURITY.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1)];
        Assert.That(promises, Has.Length.GreaterThan(10));
        Assert.Multiple(() =>
        {
            foreach (string promise in promises)
            {
                Match[] tests = TestName().Matches(promise.Split('|')[2]).ToArray();
                Assert.That(tests, Is.Not.Empty, promise);
                foreach (Match test in tests)
                {
                    Assert.That(fixtures[test.Groups[1].Value].SelectMany(type => type.GetMethods()).Where(method => test.Groups[2].Value is "" || method.Name == test.Groups[2].Value), Is.Not.Empty, test.Value);
                }
            }
        });
    }

    [GeneratedRegex(@"`(\w+Tests)(?:\.(\w+))?`")]
    private static partial Regex TestName();
}
